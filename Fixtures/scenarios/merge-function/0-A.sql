insert into note values (1, 'of A'), (2, 'alike'), (3, 'A alone');
