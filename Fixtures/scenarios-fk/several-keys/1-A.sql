delete from parent
where id in (1, 2, 5);
delete from other
where id in (1, 3);
insert into child values (20, 3, 4, 2);
