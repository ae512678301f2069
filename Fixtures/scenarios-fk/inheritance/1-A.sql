delete from only parent
where id in (1, 3);
insert into child values (20, 2);
