select id, title, convert_from(lo_get(lo), 'utf8') from doc order by id;
select key ->> 'id', winner_origin, loser_origin, loser is null from replication.conflict order by 1;
