insert into item values (1, 'from A'), (2, 'only A');
