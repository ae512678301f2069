insert into account values (1, 'ann', 'of A');
