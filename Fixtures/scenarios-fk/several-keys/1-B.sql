insert into child values (10, 1, 2, 1);
delete from parent
where id in (3, 4);
delete from other
where id = 2;
