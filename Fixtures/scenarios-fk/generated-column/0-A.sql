insert into parent values (1, 'one'), (2, 'two'), (3, 'three');
insert into child values (30, 'xxx');
