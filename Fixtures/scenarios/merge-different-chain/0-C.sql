insert into item values (1, 'C'), (4, 'C');
