insert into item values (5, 'pliers', 8.50);
update item
set price = 0.06
where id = 1;
delete from item
where id = 2;
