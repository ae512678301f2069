insert into parent values (1, 'one'), (2, 'two');
insert into child values (10, 1), (20, 2);
insert into visit values (10, 1), (20, 2);
