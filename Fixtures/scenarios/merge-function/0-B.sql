insert into note values (1, 'of B'), (2, 'alike'), (4, 'B alone');
