update item
set name = name || ', then B'
where id in (1, 4);
