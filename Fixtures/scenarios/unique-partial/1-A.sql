begin;
update employee
set boss = false
where id = 1;
update employee
set boss = true
where id = 2;
commit;
