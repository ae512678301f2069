delete from parent
where id in (1, 3);
delete from other
where id in (1, 3);
update child
set region = 's', parent = 2, other = 2
where id = 11;
