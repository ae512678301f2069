insert into parent values (1, 'a'), (2, 'b'), (3, 'c');
insert into child values (10, 'a'), (11, 'b');
