-- The shape of the replicated tables, which two neighbours must have in common.

-- One row a column: what both sides must agree on. Generated columns are computed on each side and
-- not sent, but a column that is generated here and not there is a difference.
create or replace view replication.shape as
select
    r.id as relation,
    format('%I.%I', n.nspname, c.relname) as tablename,
    a.attname::text as column_name,
    format_type(a.atttypid, a.atttypmod) as type,
    a.attgenerated <> '' as generated,
    array_position(r.key, a.attname::text) as key_position
from replication.relation as r
    join pg_class as c on c.oid = r.relid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid
where a.attnum > 0
    and not a.attisdropped;
comment on view replication.shape is 'the columns of the replicated tables, as neighbours must share';

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

-- What a type is, or of a domain what it is over in the end, with its length and the like.
create or replace function replication.base_type(type_oid oid, modifier int)
    returns table (oid oid, type text)
    language sql
    stable
begin atomic
    with recursive base (oid, modifier, depth) as (
        select type_oid, modifier, 0
        union all
        select t.typbasetype, t.typtypmod, b.depth + 1
        from base as b
            join pg_type as t on t.oid = b.oid
        where t.typtype = 'd'
    )
    select b.oid, format_type(b.oid, b.modifier)
    from base as b
    order by b.depth desc
    limit 1;
end;
comment on function replication.base_type(oid, int) is 'the type that a domain is over in the end';
