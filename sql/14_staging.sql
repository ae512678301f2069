-- Rows of a large backlog that have arrived, kept outside the direction's transaction: over a link
-- that drops, the next sync goes on behind them.
--
-- The rows of a table stand in an unlogged table of their own, staged_N, in the order in which the
-- source sent them, which is that of the key, with what the agent needs to decide them. A crash of
-- the server empties it, and empties `staging`, which is unlogged for that very reason: what is not
-- there is fetched again.

--   id           the N of the table that holds the rows
--   neighbour    the source
--   relation     the table, by its number here
--   received     the watermark under which it was begun; null in a first direction
--   layout       the shape of the table on both sides, and where the source keeps its rows
--   base         a snapshot of the source: only rows are staged whose log entries it shows, all of
--                them. Rows with others are fetched by the direction itself
--   since        the base before this one, if what has changed since then is being staged anew
--   mark         the source's word that everything that `base` shows is safe on its disk
--   first_seq    the number of the first row that was staged for this base
--   is_complete  whether the source has sent all
create unlogged table if not exists replication.staging (
    id int generated always as identity primary key,
    neighbour int not null,
    relation int not null,
    received text,
    layout text not null,
    base pg_snapshot not null,
    since pg_snapshot,
    mark uuid not null,
    first_seq bigint not null default 1,
    is_complete boolean not null default false,
    begun_at timestamptz not null default now(),
    unique (neighbour, relation)
);

-- The marks that this node, as a source, has made for what its neighbours stage. A source that lost
-- transactions in a crash uses their numbers again, and what was staged of it means nothing then;
-- but it has lost the mark as well.
create table if not exists replication.staging_mark (
    neighbour int,
    relation int,
    token uuid not null,
    former uuid,
    primary key (neighbour, relation)
);

-- Makes a new mark for a neighbour and a table of this node, and keeps the one that the neighbour
-- holds, should the new one not reach it.
create or replace function replication.make_mark(to_neighbour int, relation_id int, held uuid)
    returns uuid
    language sql
    volatile
    set search_path = ''
begin atomic
    insert into replication.staging_mark as m (neighbour, relation, token, former)
    values (to_neighbour, relation_id, gen_random_uuid(), held)
    on conflict (neighbour, relation) do update
        set token = excluded.token,
            former = excluded.former
    returning m.token;
end;
comment on function replication.make_mark(int, int, uuid) is
    'writes a fresh mark for what a neighbour begins to stage of a table, and returns it';

-- The operators that order the keys of a table, of the key's index; what an operator without a
-- schema would mean depends on the search path.
drop function if exists replication.key_order(oid);
create or replace function replication.key_order(relid oid)
    returns table (
        number int,
        name name,
        type text,
        less text, at_most text, at_least text, greater text
    )
    language sql
    stable
begin atomic
    select
        k.ordinality::int,
        a.attname,
        format_type(a.atttypid, a.atttypmod),
        o.names[1],
        o.names[2],
        o.names[3],
        o.names[4]
    from pg_index as i
        cross join unnest(i.indkey::int2[], i.indclass::oid[]) with ordinality
            as k (attnum, opclass, ordinality)
        join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = k.attnum
        join pg_opclass as oc on oc.oid = k.opclass
        cross join lateral (
            select array_agg(format('operator(%I.%s)', n.nspname, p.oprname)
                    order by m.amopstrategy) as names
            from pg_amop as m
                join pg_operator as p on p.oid = m.amopopr
                join pg_namespace as n on n.oid = p.oprnamespace
            where m.amopfamily = oc.opcfamily
                and m.amoplefttype = oc.opcintype
                and m.amoprighttype = oc.opcintype
                and m.amopstrategy in (1, 2, 4, 5)
        ) as o
    where i.indexrelid = replication.key_index(relid)
        and k.ordinality <= i.indnkeyatts
    order by k.ordinality;
end;

-- The columns of a staging: those that are sent, numbered as the agent numbers them.
create or replace function replication.staged_columns(relation_id int)
    returns table (
        number bigint,
        type text,
        collation_name text,
        is_key boolean,
        is_built_in boolean
    )
    language sql
    stable
begin atomic
    select
        row_number() over (order by a.attnum),
        b.type,
        case
            when a.attcollation <> 0 then format('%I.%I', n.nspname, c.collname)
        end,
        a.attname = any (r.key),
        t.typnamespace = 'pg_catalog'::regnamespace
    from replication.relation as r
        join pg_attribute as a on a.attrelid = r.relid
        cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
        join pg_type as t on t.oid = b.oid
        left join pg_collation as c on c.oid = a.attcollation
        left join pg_namespace as n on n.oid = c.collnamespace
    where r.id = relation_id
        and a.attnum > 0
        and not a.attisdropped
        and (a.attgenerated = '' or a.attname = any (r.key));
end;

-- The functions below make and drop tables for a role that may not do so itself. They take numbers,
-- not names, and the schema pg_temp comes last, lest a caller's table be taken for a catalog.

-- Drops the tables of stagings that are over. One that somebody reads, such as pg_dump, stays for
-- another time: nobody is made to wait for it.
create or replace function replication.sweep_staging()
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '100ms'
as $$
declare
    t record;
begin
    for t in
        select c.relname
        from pg_class as c
        where c.relnamespace = 'replication'::regnamespace
            and c.relkind = 'r'
            and c.relname ~ '^staged_[0-9]+$'
            and not exists (
                select
                from replication.staging as s
                where c.relname = 'staged_' || s.id
            )
    loop
        begin
            execute format('drop table replication.%I', t.relname);
        exception
            when lock_not_available or undefined_table or dependent_objects_still_exist then
                null;
        end;
    end loop;
end
$$;
revoke execute on function replication.sweep_staging() from public;
comment on function replication.sweep_staging() is 'drops the tables of stagings that are over';

-- Ends what is staged from a neighbour, of one table.
create or replace function replication.end_staging(from_neighbour int, relation_id int)
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from replication.staging
    where neighbour = from_neighbour
        and relation = relation_id;
    perform replication.sweep_staging();
end
$$;
revoke execute on function replication.end_staging(int, int) from public;
comment on function replication.end_staging(int, int) is
    'ends what is staged from a neighbour, of one table';

-- Ends all that is staged from a neighbour, and forgets what it has staged from here.
create or replace function replication.drop_staging(from_neighbour int)
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from replication.staging
    where neighbour = from_neighbour;
    delete from replication.staging_mark
    where neighbour = from_neighbour;
    perform replication.sweep_staging();
end
$$;
revoke execute on function replication.drop_staging(int) from public;
comment on function replication.drop_staging(int) is
    'ends all that is staged from a neighbour, and forgets what it has staged from here';

-- Begins to stage a table: makes the table for its rows, and lets the same roles use it that may
-- use replication.staging. Returns its number.
create or replace function replication.make_staging(
    from_neighbour int,
    relation_id int,
    received_now text,
    layout_now text,
    base_snapshot pg_snapshot,
    base_mark uuid
)
    returns int
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    made int;
    g record;
begin
    perform replication.end_staging(from_neighbour, relation_id);
    insert into replication.staging (neighbour, relation, received, layout, base, mark)
    values (from_neighbour, relation_id, received_now, layout_now, base_snapshot, base_mark)
    returning id into made;
    -- After a crash the numbers begin anew, and tables of before may still be there.
    while to_regclass('replication.staged_' || made) is not null loop
        update replication.staging
        set id = default
        where id = made
        returning id into made;
    end loop;
    execute format(
        'create unlogged table replication.staged_%s (changed_at timestamptz not null,'
        ' origin int not null, echo boolean not null, blind boolean not null,'
        ' present boolean not null, %s, changed varbit, base tid, made_there boolean,'
        ' seq bigint generated always as identity (cache 1000))'
        ' with (autovacuum_enabled = off, toast.autovacuum_enabled = off)',
        made,
        (
            select string_agg(format('c%s %s %s', c.number, c.type,
                'collate ' || c.collation_name), ', ' order by c.number)
            from replication.staged_columns(relation_id) as c
        )
    );
    for g in
        select a.privilege_type,
            case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as grantee
        from pg_class as c
            cross join aclexplode(c.relacl) as a
        where c.oid = 'replication.staging'::regclass
            and a.grantee <> c.relowner
    loop
        execute format('grant %s on replication.staged_%s to %s', g.privilege_type, made,
            g.grantee);
    end loop;
    return made;
end
$$;
revoke execute on function replication.make_staging(int, int, text, text, pg_snapshot, uuid)
    from public;
comment on function replication.make_staging(int, int, text, text, pg_snapshot, uuid) is
    'begins to stage a table from a neighbour; returns the number of the staging';

-- Lets the planner know how many keys are staged; the other columns do not matter to it. Keys of
-- the users' own types are left out: of a range type, ANALYZE would call a function of theirs with
-- the rights of the schema's owner.
create or replace function replication.analyze_staging(staging_id int)
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute (
        select format('analyze replication.staged_%s (origin%s)', s.id,
            string_agg(', c' || c.number, '' order by c.number)
                filter (where c.is_key and c.is_built_in))
        from replication.staging as s
            cross join lateral replication.staged_columns(s.relation) as c
        where s.id = staging_id
        group by s.id
    );
end
$$;
revoke execute on function replication.analyze_staging(int) from public;
comment on function replication.analyze_staging(int) is 'analyzes the keys of a staging';
