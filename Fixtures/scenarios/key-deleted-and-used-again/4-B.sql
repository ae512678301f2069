insert into item values (1, 'eins');
