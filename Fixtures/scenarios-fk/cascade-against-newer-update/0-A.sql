insert into parent values (1, 'one'), (2, 'two'), (3, 'three');
insert into child values (10, 1, 'ten'), (11, 1, 'eleven'), (30, 3, 'thirty');
insert into visit values (20, 1, 'twenty'), (21, 2, 'twenty-one');
