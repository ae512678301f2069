insert into item values (4, 'four');
update item
set name = 'ONE'
where id = 1;
delete from item
where id = 2;
