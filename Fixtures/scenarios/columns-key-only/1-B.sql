update item set id = 1 where id = 1;
update item set id = id where id <= 3;
insert into item values (4);
