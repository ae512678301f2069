insert into item values (6, 'six');
truncate item;
insert into item values (1, 'reloaded');
