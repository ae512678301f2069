insert into child values (100, 1);
insert into low_child values (200, 2);
delete from parent
where id in (3, 11, 12);
