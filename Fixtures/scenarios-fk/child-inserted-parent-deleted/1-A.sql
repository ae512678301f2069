insert into child values (12, 1, 'A');
update child
set parent = 2
where id = 11;
