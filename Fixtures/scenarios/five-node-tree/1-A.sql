insert into item values (101, 'A');
update item
set name = 'A'
where id = 1;
delete from item
where id = 6;
