select * from seat order by id;
select * from room order by id;
select tablename, key, loser ->> 'who', claimed from replication.conflict order by 1;
