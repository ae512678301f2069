select count(*), max(id) from p;
select * from t order by id;
select tablename, loser::text from replication.conflict order by 1, 2;
