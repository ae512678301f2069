insert into parent values (1, 'A', '1'), (2, 'A', '2'), (3, 'B', '1');
