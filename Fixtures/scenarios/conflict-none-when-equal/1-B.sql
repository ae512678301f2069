delete from item
where id = 2;
insert into item values (4, 'four');
update item
set name = 'On'
where id = 1;
update item
set name = 'ONE'
where id = 1;
