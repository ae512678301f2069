update item
set name = 'later, A'
where id in (1, 4);
