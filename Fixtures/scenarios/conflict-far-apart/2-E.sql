update item
set name = name || ', later E'
where id = 2;
