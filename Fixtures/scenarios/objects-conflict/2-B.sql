select lo_put(lo, 0, 'B was here') from doc where id in (1, 5);
select lo_put(lo, 0, 'A was here') from doc where id in (2);
update doc set title = title where id in (1, 2, 5);
update doc set title = 'B' where id = 3;
update doc set lo = lo_from_bytea(0, 'B made it anew') where id = 4;
