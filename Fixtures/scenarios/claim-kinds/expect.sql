select * from partial order by id;
select * from expression order by id;
select * from several order by id;
select * from nulls order by id;
select * from distinct_nulls order by id;
select * from computed order by id;
select tablename, key, claimed from replication.conflict order by 1;
