update item
set i = '24 hours'
where id = 1;
update item
set i = '1 day', r = 0
where id = 2;
