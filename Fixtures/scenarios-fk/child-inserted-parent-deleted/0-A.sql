insert into parent values (1, 'one'), (2, 'two'), (3, 'three');
insert into child values (10, 3, 'old'), (11, null, 'old');
