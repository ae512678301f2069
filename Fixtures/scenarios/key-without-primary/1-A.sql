update by_index
set name = 'a, A'
where name = 'a';
delete from by_index
where name = 'b';
update by_constraint
set name = 'a, A'
where id = 1;
delete from by_identity
where id = 1;
update by_identity
set other = 10
where id = 2;
insert into nr_primary (name)
select 'A'
from generate_series(1, 10);
insert into nr_unique (name)
select 'A'
from generate_series(1, 10);
update index_includes
set name = 'a, A'
where id = 1;
update not_by_these
set b = 0, c = 11
where id = 1;
