begin;
delete from hen
where id = 1;
delete from egg
where id = 1;
update hen
set egg = 5 - egg
where id in (2, 3);
update egg
set hen = 5 - hen
where id in (2, 3);
commit;
