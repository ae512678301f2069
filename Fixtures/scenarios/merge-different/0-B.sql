insert into item values (1, 'B'), (2, 'equal'), (3, 'B'), (5, 'only B');
