insert into account values (2, 'ann', 'of B');
