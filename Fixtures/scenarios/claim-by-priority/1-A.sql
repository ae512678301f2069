insert into account values (1, 'ann', 'of A'), (3, 'other', 'of A');
