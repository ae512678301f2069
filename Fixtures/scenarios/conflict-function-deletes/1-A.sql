update token
set value = 'A'
where id = 1;
