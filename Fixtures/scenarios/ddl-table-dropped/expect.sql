select * from person order by id;
select tablename, loser ->> 'body' from replication.conflict;
