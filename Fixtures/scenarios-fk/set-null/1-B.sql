update visit
set parent = 1
where id = 11;
