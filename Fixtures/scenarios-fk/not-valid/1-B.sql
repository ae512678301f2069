update child
set name = 'B'
where id = 98;
insert into child values (10, 1, 'B');
delete from parent
where id = 2;
