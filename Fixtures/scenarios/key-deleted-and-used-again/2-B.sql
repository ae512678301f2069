insert into item values (2, 'due'), (4, 'quattro');
