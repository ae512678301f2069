insert into item values (1, 'first', 'second', 3, 4), (2, 'f', 's', 30, 40), (3, null, null, null, null);
