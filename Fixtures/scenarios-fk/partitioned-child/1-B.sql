update child
set region = 's', parent = 1, other = 1
where id = 10;
update child
set other = 3
where id = 12;
delete from parent
where id = 2;
delete from other
where id = 2;
