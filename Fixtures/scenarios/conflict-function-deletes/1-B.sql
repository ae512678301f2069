update token
set value = 'B'
where id = 1;
