delete from parent
where a < 3;
insert into child values (13, 3, 3);
