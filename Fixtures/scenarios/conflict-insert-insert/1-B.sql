insert into item values (1, 'from B'), (3, 'only B');
