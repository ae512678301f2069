insert into person values (3, 'Cid', 'Poe');
select library.twice(2); update library.shelf set mood = 'high'; create table b1 (id int primary key); insert into b1 values (1); alter table b1 add column s text default 'x;y'; /* one; */ create index on b1 (s); -- done;
drop view library.names cascade;
drop table done_1, done_2;
