insert into singer values (1, 'Ada', '1', 'Ulm'), (2, 'Ben', '2', 'Bonn'), (3, 'Cleo', '3', 'Kiel');
