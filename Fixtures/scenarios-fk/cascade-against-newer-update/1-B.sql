update child
set name = 'B'
where id = 10;
update visit
set name = 'B'
where id = 21;
