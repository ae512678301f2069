delete from parent
where id in (1, 3);
insert into child values (20, 2);
update parent
set name = 'two, A'
where id = 2;
