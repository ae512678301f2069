-- In another table, later, and twice in one row.
insert into appendix select 'all', a.lo, b.lo from letter as a, letter as b where a.id = 1 and b.id = 2;
insert into appendix select 'one', lo, lo from letter where id = 1;
