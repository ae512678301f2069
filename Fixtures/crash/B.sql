-- What users do on B in a round.
update item set val = 'B' where id in (:base + 3, :base + 4, :base + 6);
update item set val = 'both' where id = :base + 8;
delete from item where id = :base + 7;
insert into item values (:base + 30, 'B');
update note set b = 'B' where id = :base + 1;
insert into child values (:base + 3, :base + 1);
delete from parent where id = :base + 2;
insert into scratch values (:base + 2, 'B');
select lo_put(lo, 0, 'B wrote it') from paper where id in (:base + 3, :base + 4);
update paper set lo = lo where id in (:base + 3, :base + 4);
insert into paper values (:base + 32, lo_from_bytea(0, 'new on B'));
