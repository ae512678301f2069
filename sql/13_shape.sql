-- The shape of the replicated tables, which two neighbours must have in common.

-- One row a column: what both sides must agree on. Generated columns are computed on each side and
-- not sent, but a column that is generated here and not there is a difference. One that is optional
-- need not be sent: it may be NULL, has a default, or is computed.
create or replace view replication.shape as
select
    r.id as relation,
    format('%I.%I', n.nspname, c.relname) as tablename,
    a.attname::text as column_name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attgenerated <> '' as generated,
    array_position(r.key, a.attname::text) as key_position,
    not a.attnotnull or a.atthasdef or a.attidentity <> '' as optional
from replication.relation as r
    join pg_class as c on c.oid = r.relid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid
where a.attnum > 0
    and not a.attisdropped;
comment on view replication.shape is
    'the columns of the replicated tables, as neighbours must share';

-- The same in one word, so that two nodes compare at the cost of one round trip.
create or replace function replication.shape_digest()
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select md5(string_agg(
        format('%s %I %s %s %s', s.tablename, s.column_name, s.type, s.generated, s.key_position),
        ',' order by s.tablename collate "C", s.column_name collate "C"
    ))
    from replication.shape as s;
end;
comment on function replication.shape_digest() is
    'a digest of the shape of all replicated tables: equal on two nodes that can be neighbours';
