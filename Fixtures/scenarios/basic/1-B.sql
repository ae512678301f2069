insert into item values (6, 'file', null);
update item
set price = 15.00
where id = 4;
delete from item
where id = 3;
