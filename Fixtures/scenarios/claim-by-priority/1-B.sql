insert into account values (2, 'ann', 'of B'), (4, 'another', 'of B');
