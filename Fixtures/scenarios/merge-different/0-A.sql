insert into item values (1, 'A'), (2, 'equal'), (3, 'A'), (4, 'only A');
