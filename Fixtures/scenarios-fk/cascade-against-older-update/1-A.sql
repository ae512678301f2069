update child
set name = 'A'
where id = 10;
