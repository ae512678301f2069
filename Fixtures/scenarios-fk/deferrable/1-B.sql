begin;
insert into child values (10, 1);
delete from parent
where id = 2;
commit;
