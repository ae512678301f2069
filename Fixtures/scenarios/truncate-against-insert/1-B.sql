insert into item values (3, 'B');
