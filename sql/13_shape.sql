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

-- The columns that a neighbour lacks, as of the last sync with it: rows travel without them.
create table if not exists replication.lone_column (
    neighbour int not null references replication.neighbour on delete cascade,
    relation int not null references replication.relation on delete cascade,
    column_name text not null,
    primary key (neighbour, relation, column_name)
);
comment on table replication.lone_column is
    'columns that a neighbour lacks: once it has them, the rows of their tables are logged for it';

-- Notes which columns a neighbour lacks now. Of one that it lacked before, and has now, the rows of its
-- table are logged: they went over without it. Where nothing is new, nothing is written.
create or replace function replication.look_after_lone_columns(
    this_neighbour int,
    tables text[],
    names text[]
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r int;
begin
    for r in
        with
        gone as (
            delete from replication.lone_column as l
            where l.neighbour = this_neighbour
                and not exists (
                    select
                    from unnest(tables, names) as now_lone (tablename, name)
                        join replication.shape as s on s.tablename = now_lone.tablename
                            and s.column_name = now_lone.name
                    where s.relation = l.relation
                        and s.column_name = l.column_name
                )
            returning l.relation, l.column_name
        )
        select distinct g.relation
        from gone as g
            join replication.shape as s on s.relation = g.relation
                and s.column_name = g.column_name
    loop
        perform replication.log_all(r);
    end loop;
    insert into replication.lone_column (neighbour, relation, column_name)
    select this_neighbour, s.relation, s.column_name
    from unnest(tables, names) as now_lone (tablename, name)
        join replication.shape as s on s.tablename = now_lone.tablename
            and s.column_name = now_lone.name
    where not exists (
        select
        from replication.lone_column as l
        where l.neighbour = this_neighbour
            and l.relation = s.relation
            and l.column_name = s.column_name
    );
end
$$;
comment on function replication.look_after_lone_columns(int, text[], text[]) is
    'notes the columns that a neighbour lacks, and logs the rows of those that it has got since';
