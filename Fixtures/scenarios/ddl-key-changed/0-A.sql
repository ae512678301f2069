insert into item values (1, 1, 'a'), (1, 2, 'b'), (2, 3, 'c'), (2, 4, 'd');
