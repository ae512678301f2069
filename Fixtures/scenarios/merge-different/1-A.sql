update item
set name = name || ', A'
where id in (1, 5);
