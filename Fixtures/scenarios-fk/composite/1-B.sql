insert into child values (10, 1, null), (11, null, 1), (12, 1, 2);
insert into strict_child values (20, null, null), (21, 2, 1);
delete from parent
where a = 3;
