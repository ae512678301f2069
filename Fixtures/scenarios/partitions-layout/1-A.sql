update item
set id = id + 100
where id < 4;
update item
set kind = 'z'
where id = 5;
