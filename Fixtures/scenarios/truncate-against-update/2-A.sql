update item
set name = name || ', A'
where id = 3;
