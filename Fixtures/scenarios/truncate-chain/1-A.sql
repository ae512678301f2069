truncate item;
insert into item values (1, 'A');
