insert into item values (2, 'two again');
