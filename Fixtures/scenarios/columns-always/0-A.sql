insert into item values (1, default, '0', '0'), (2, default, '0', '0');
