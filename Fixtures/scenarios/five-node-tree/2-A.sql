update item
set name = name || ', A'
where id in (5, 105);
