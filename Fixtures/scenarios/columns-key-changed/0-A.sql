insert into item values ('one', '0', '0'), ('two', '0', '0'), ('three', '0', '0');
