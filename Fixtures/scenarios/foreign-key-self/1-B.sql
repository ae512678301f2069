begin;
set constraints all deferred;
update node
set parent = id + 1
where id < 4;
update node
set parent = null
where id = 4;
commit;
