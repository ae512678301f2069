select id, name, note from account order by id; select key, claimed from replication.conflict;
