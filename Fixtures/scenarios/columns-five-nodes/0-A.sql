insert into item values (1, '0', '0', '0', '0');
