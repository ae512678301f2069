update like_the_log
set key = 'x, A', changed_at = '2025-01-01 00:00:00+00'
where xid = 1;
delete from like_the_log
where xid = 2;
update like_the_log
set via = 30
where xid = 3;
update like_ours
set new = 'new, A', old = null, present = false
where k1 = 1;
update "old"
set "new" = 10, "old" = 'ten'
where "new" = 1;
update "new"
set "old" = "new", "new" = "old"
where "value" = 'v' and false;
insert into "new" values (3, 3, 'three', null);
update awkward
set "Key" = "key", "key" = "Key"
where "Key" = 1;
update awkward
set a_name_of_sixty_three_bytes_in_which_the_first_55_are_the_same2 = '2, A'
where "Key" = 2;
