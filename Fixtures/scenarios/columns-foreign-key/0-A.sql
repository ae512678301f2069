insert into parent values (1), (2), (3);
insert into child values (1, 1, '0', '0'), (2, 2, '0', '0');
