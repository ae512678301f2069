-- Overwritten in the middle of the second chunk; cut; grown beyond its end; emptied.
select lo_put(lo, 270000, 'OVERWRITTEN') from doc where id = 1;
select lo_truncate(lo_open(lo, 393216), 20) from doc where id = 2;
select lo_put(lo, 600000, 'far behind') from doc where id = 3;
select lo_truncate(lo_open(lo, 393216), 0) from doc where id = 4;
update doc set title = title || ', changed' where id <= 4;
