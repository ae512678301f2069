insert into by_index values ('d', 2, 2);
update by_index
set x = 3
where name = 'c';
update by_constraint
set nick = 'x'
where id = 3;
delete from by_constraint
where id = 2;
insert into by_identity values (4, 40, 'd');
insert into nr_primary (name)
select 'B'
from generate_series(1, 10);
insert into nr_unique (name)
select 'B'
from generate_series(1, 10);
delete from index_includes
where id = 2;
update not_by_these
set a = null
where id = 3;
