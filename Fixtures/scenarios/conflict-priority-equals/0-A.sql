insert into item values (1, 'start'), (2, 'start');
