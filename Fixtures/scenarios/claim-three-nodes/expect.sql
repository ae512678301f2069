select id, name, note from account order by id; select count(*), count(distinct key::text) from replication.conflict;
