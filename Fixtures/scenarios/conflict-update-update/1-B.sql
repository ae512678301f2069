update item
set stock = 90
where id = 1;
