update price
set amount = 20
where id in (1, 2);
delete from price
where id = 3;
update stock
set amount = 20;
