-- Rows that could not be applied here, and wait.

-- A row of the neighbour's that breaks a constraint of this node, or claims a unique value that
-- another row holds where neither can give way. It was not applied, the watermark has gone past it,
-- and every direction from the neighbour asks for it again, as it then stands, until it fits.
--   relation           its table, by the number in this node's registry
--   key                the text of each key column, in the order of the registry
--   changed_at, origin the version that the neighbour sent last
--   reason             what is in the way, in words
--   constraint_name    the constraint, where it is one
create table if not exists replication.quarantine (
    neighbour int not null,
    relation int not null references replication.relation (id) on delete cascade,
    key text[] not null,
    changed_at timestamptz not null,
    origin int not null,
    reason text not null,
    constraint_name text,
    since timestamptz not null default now()
);
-- was_here: false where a row waits behind a filter, and this node never had a version of it. A TRUNCATE
-- here is none of such a row; of all others it is a rival.
alter table replication.quarantine
    add column if not exists was_here boolean not null default true;
create index if not exists quarantine_neighbour on replication.quarantine (neighbour, relation);
-- FULL, so that a publication FOR ALL TABLES does not break on it.
alter table replication.quarantine replica identity full;
comment on table replication.quarantine is
    'rows of neighbours that could not be applied here yet; every sync asks for them again';

-- The rows that wait, for people.
create or replace view replication.waiting as
select
    q.neighbour,
    format('%I.%I', n.nspname, c.relname) as tablename,
    (
        select json_object_agg(p.name, p.value)
        from unnest(r.key, q.key) as p (name, value)
    ) as key,
    q.constraint_name,
    q.reason,
    q.since
from replication.quarantine as q
    join replication.relation as r on r.id = q.relation
    join pg_class as c on c.oid = r.relid
    join pg_namespace as n on n.oid = c.relnamespace;
comment on view replication.waiting is 'the rows that wait for a person, and why';
