insert into parent values (1, 'one'), (2, 'two'), (3, 'three');
insert into heir values (1, 'heir of one'), (2, 'heir of two');
