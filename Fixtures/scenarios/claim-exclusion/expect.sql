select * from booking order by id; select key, claimed, winner_key from replication.conflict;
