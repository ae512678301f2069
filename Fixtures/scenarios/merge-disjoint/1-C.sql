update item
set name = name || ', C'
where id in (1, 10);
