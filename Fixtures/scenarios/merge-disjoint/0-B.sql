insert into item values (3, 'B'), (10, 'all');
