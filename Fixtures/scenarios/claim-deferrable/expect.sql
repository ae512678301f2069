select * from seat order by id;
select * from guest order by id;
select * from booking order by id;
select tablename, key, claimed from replication.conflict order by 1;
