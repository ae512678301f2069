insert into account values (3, 'ann', 'of C');
