-- What users do on A in a round, and the rows of the next round (rows.sql) beside it.
update item set val = 'A' where id in (:base + 1, :base + 3);
update item set val = 'both' where id = :base + 8;
delete from item where id in (:base + 2, :base + 4);
update item set id = id + 50 where id = :base + 5;
update note set a = 'A' where id = :base + 1;
-- B gives it a child: it comes back.
delete from parent where id = :base + 1;
-- B deletes the parent: it comes back.
insert into child values (:base + 2, :base + 2);
update child set parent = :base + 4 where id = :base + 1;
-- Two unique values are exchanged.
update parent set name = 'between' where id = :base + 3;
update parent set name = 'name ' || :base + 3 where id = :base + 4;
update parent set name = 'name ' || :base + 4 where id = :base + 3;
-- B inserts a row here, and does nothing in the other one.
truncate scratch;
insert into scratch values (:base + 1, 'A');
truncate wipe;
insert into wipe values (:base + 1, 'A');
-- Large objects: written, and on both sides; the row deleted, with it; a new one; taken away.
select lo_put(lo, 270000, 'A') from paper where id in (:base + 1, :base + 3);
update paper set lo = lo where id in (:base + 1, :base + 3);
select lo_unlink(lo) from paper where id in (:base + 2, :base + 5);
delete from paper where id = :base + 2;
update paper set lo = null where id = :base + 5;
insert into paper values (:base + 31, lo_from_bytea(0, 'new on A'));
-- Whichever of the two holds, B wins.
select replication.set_policy(
    'public.item',
    case when :base / 100 % 2 = 0 then 'priority' else 'newest' end,
    case when :base / 100 % 2 = 0 then '2,1' end
);
