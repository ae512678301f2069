truncate singer;
insert into singer values (1, 'again', '1', 'Ulm'), (4, 'Dora', '4', 'Bern');
