update item
set name = name || ', B'
where id in (2, 3);
update item
set name = 'four, the same'
where id = 4;
