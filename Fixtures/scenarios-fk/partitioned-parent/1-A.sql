delete from parent
where id in (1, 2, 4);
insert into child values (101, 11);
insert into low_child values (201, 3);
