-- Replaced by another one; taken away; given; another key; the row deleted; the object unlinked alone.
select lo_unlink(lo) from doc where id in (5, 6, 7);
update doc set lo = lo_from_bytea(0, 'another') where id = 5;
update doc set lo = null where id = 6;
delete from doc where id = 7;
update doc set lo = lo_from_bytea(0, 'given') where id = 9;
update doc set id = 11 where id = 1;
select lo_unlink(lo) from doc where id = 8;
update doc set title = 'unlinked' where id = 8;
