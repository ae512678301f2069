delete from parent
where id = 1;
update parent
set name = name || ', A'
where id in (2, 3, 4);
insert into child values (20, 2);
