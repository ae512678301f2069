insert into item values (1, 'B'), (3, 'B');
