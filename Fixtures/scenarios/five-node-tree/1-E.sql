insert into item values (105, 'E');
update item
set name = 'E'
where id = 5;
delete from item
where id = 10;
