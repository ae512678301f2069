select lo_put(lo, 0, 'A was here') from doc where id in (1, 2, 4);
update doc set title = title where id in (1, 2, 4);
update doc set title = 'A' where id = 3;
select lo_unlink(lo) from doc where id = 5;
delete from doc where id = 5;
