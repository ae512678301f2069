select id, name, note from account order by id; select key, winner_key from replication.conflict;
