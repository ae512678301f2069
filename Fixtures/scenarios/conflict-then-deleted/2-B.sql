update item
set name = name || ', B'
where id = 2;
