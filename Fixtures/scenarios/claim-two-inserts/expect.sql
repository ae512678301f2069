select id, name, note from account order by id;
select tablename, key, claimed, winner_key, winner_origin, loser_origin, loser from replication.conflict;
