insert into parent values (3);
insert into child values (4, 3);
insert into second values (7);
