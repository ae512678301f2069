select id, a, b from t order by id;
select count(*), count(distinct id) from u;
select * from v order by k;
select a from w order by a;
select tablename, loser ->> 'a' from replication.conflict order by 1, 2;
