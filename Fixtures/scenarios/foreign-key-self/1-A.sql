begin;
set constraints all deferred;
insert into node values (11, 12), (12, 13), (13, null);
commit;
delete from strict_node;
insert into strict_node values (3, 4), (4, 3), (5, 5);
