update item
set name = name || 'b'
where id = 1;
