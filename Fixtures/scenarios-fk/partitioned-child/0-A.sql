insert into parent values (1, 'one'), (2, 'two'), (3, 'three');
insert into other values (1, 'one'), (2, 'two'), (3, 'three');
insert into child values (10, 'n', null, 9), (11, 'n', null, 9), (12, 'n', null, 9);
