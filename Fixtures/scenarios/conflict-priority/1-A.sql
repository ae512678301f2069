update price
set amount = 10
where id in (1, 3);
delete from price
where id = 2;
update stock
set amount = 10;
