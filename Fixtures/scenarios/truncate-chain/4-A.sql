insert into item values (3, 'A at last');
