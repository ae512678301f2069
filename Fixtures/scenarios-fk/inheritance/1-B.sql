insert into child values (10, 1);
insert into grandchild values (30, 3);
delete from only parent
where id = 2;
