update item
set name = name || ', B'
where id in (3, 4);
