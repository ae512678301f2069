update item
set name = name || ', C'
where id in (4, 104);
