select c.key, t.column_name, t.moved, t.winner, t.present, t.loser
from replication.conflict as c
    cross join lateral replication.conflict_columns(c.id) as t
where t.column_name <> 'id'
order by c.key ->> 'id', t.column_name;
