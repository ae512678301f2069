update item
set name = name || ', E'
where id in (1, 101, 3, 103);
