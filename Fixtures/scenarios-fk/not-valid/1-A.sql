update child
set name = 'A'
where id = 99;
delete from parent
where id in (1, 3);
insert into child values (20, 2, 'A');
