insert into item values (103, 'C');
update item
set name = 'C'
where id = 3;
delete from item
where id = 8;
