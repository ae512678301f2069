select id, name, phone, town from singer order by id;
select tablename, key, policy, winner_origin, winner, loser_origin, loser from replication.conflict order by key::text;
