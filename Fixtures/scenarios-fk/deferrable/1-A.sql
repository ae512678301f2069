delete from parent
where id in (1, 3);
begin;
insert into child values (20, 2);
commit;
