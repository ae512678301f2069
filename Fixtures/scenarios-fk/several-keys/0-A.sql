insert into parent values (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four'), (5, 'five');
insert into other values (1, 'one'), (2, 'two'), (3, 'three');
