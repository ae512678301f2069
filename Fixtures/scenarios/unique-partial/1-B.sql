begin;
update employee
set boss = false
where id = 3;
update employee
set boss = true, team = 2
where id = 5;
update employee
set team = 3, boss = true
where id = 3;
commit;
