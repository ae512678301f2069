insert into child values (10, 1), (30, 3);
update parent
set name = 'three, B'
where id = 3;
delete from parent
where id = 2;
