update child set b = 'B';
update child set parent = 3 where id = 2;
delete from parent where id = 2;
