insert into item values (25, 'A');
