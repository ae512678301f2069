select id, name, note from account order by id; select key, loser from replication.conflict;
