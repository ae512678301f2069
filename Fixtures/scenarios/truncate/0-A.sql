insert into plain values (1, 'one'), (2, 'two');
insert into parent values (1), (2);
insert into child values (1, 1), (2, 2), (3, null);
insert into first values (1);
insert into second values (1);
insert into untouched values (1);
