truncate item_1;
insert into item values (1, 'A');
