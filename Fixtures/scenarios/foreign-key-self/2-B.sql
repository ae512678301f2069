begin;
set constraints all deferred;
delete from node
where id in (12, 13);
update node
set parent = 14
where id = 11;
insert into node values (14, 14);
commit;
