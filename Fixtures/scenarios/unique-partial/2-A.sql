begin;
update employee
set name = '?'
where id = 1;
update employee
set name = 'ADA'
where id = 2;
update employee
set name = 'bo'
where id = 1;
commit;
