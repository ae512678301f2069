insert into item values (1, 'A'), (2, 'A');
