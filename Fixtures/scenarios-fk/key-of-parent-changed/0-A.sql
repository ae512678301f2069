insert into parent values (1, 'one');
insert into child values (10, 1);
