update item
set name = name || 'a'
where id = 1;
