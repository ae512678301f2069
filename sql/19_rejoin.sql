-- A node that went back in time, or a copy of one, comes back into the tree.

-- Whether the database that this one was copied from is still on this server, as far as can be told
-- from here.
create or replace function replication.has_living_original()
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select exists (
        select
        from replication.self as s
            join pg_database as d on d.oid = s.database
            cross join pg_control_system() as c
        where d.datname <> current_database()
            and (s.server = c.system_identifier or not replication.is_restored())
    );
end;
comment on function replication.has_living_original() is
    'whether the database that this one is a copy of is still on this server';

-- Notes in the entries of one log for whom they still are, as the watermarks of the neighbours that
-- tell it are about to be forgotten: an entry that some neighbours have becomes one for each of the
-- others alone. `restored` is a condition on an entry l: written before a dump was made, its number
-- means nothing here; it gets this transaction's. Null: nothing was restored from a dump.
create or replace function replication.settle_log(log regclass, restored text)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    columns text := (
        select string_agg(quote_ident(a.attname), ', ' order by a.attnum)
        from pg_attribute as a
        where a.attrelid = log
            and a.attnum > 0
            and not a.attisdropped
            and a.attname not in ('id', 'xid', 'via')
    );
    known text := format('coalesce(pg_visible_in_snapshot(l.xid::text::xid8, n.acknowledged)'
        ' and %s, false)', coalesce(restored, 'true'));
    is_known_to_some text := format('exists (select from replication.neighbour as n'
        ' where replication.is_for(l.via, n.number) and %s)', known);
begin
    execute format('insert into %1$s (xid, via, %2$s)'
        ' select case when %5$s then $1 else l.xid end, -n.number, %2$s'
        ' from %1$s as l join replication.neighbour as n'
        ' on replication.is_for(l.via, n.number) and not %3$s'
        ' where %4$s', log, columns, known, is_known_to_some, coalesce(restored, 'false'))
    using pg_current_xact_id()::text::bigint;
    execute format('update %s as l set via = case when %s then 0 else l.via end,'
        ' xid = case when %3$s then $1 else l.xid end'
        ' where %2$s or %3$s', log, is_known_to_some, coalesce(restored, 'false'))
    using pg_current_xact_id()::text::bigint;
end
$$;

-- Settles all logs. Of a database that came out of a dump, an entry was in the dump if another
-- transaction wrote it than the one that it names, and no later than the capture triggers were
-- made, which a restore does last.
create or replace function replication.settle_logs()
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_restored boolean := replication.is_restored();
    r replication.relation;
    made_age int;
    oldest_age int := 0;
    condition text := '(l.xmin::text::bigint <> l.xid %% 4294967296 and age(l.xmin) >= %s)';
begin
    for r in
        select *
        from replication.relation
        order by id
    loop
        select coalesce(max(age(t.xmin)), 0) into made_age
        from pg_trigger as t
            join pg_proc as p on p.oid = t.tgfoid
        where p.pronamespace = 'replication'::regnamespace
            and p.proname = any (replication.capture_functions(r.id));
        oldest_age := greatest(oldest_age, made_age);
        perform replication.settle_log(format('replication.log_%s', r.id)::regclass,
            case when is_restored then format(condition, made_age) end);
    end loop;
    perform replication.settle_log('replication.event'::regclass,
        case when is_restored then format(condition, oldest_age) end);
    if is_restored then
        update replication.relation
        set xid = pg_current_xact_id()::text::bigint;
    end if;
end
$$;

-- Makes this database a node of the tree again: under a new identity, so that whoever else has the
-- old one is refused from now on, and with all edges waiting for their rejoin. With another number,
-- it becomes another node, whose only neighbour-to-be is the one that it comes back to.
create or replace function replication.come_back(
    new_number int,
    new_name text,
    back_to int,
    back_to_name text,
    back_to_identity uuid
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    me replication.self;
    n int;
begin
    -- A direction that is under way ends first.
    perform from replication.neighbour order by number for update;
    select * into strict me
    from replication.self
    for update;
    if new_number <> me.number then
        -- A copy has no filters: they are its original's.
        perform replication.forget_filters(array(select f.neighbour from replication.filter as f));
        delete from replication.neighbour where number <> back_to;
    end if;
    perform replication.settle_logs();
    insert into replication.neighbour (number, name, identity)
    values (back_to, back_to_name, back_to_identity)
    on conflict (number) do nothing;
    for n in select number from replication.neighbour loop
        perform replication.forget_neighbour(n);
    end loop;
    update replication.neighbour
    set known_as = coalesce(known_as, me.identity),
        is_behind = is_behind or received is not null or acknowledged is not null
            or new_number <> me.number,
        received = null,
        received_token = null,
        way_back = null,
        acknowledged = null,
        schema_from = '1:1:';
    delete from replication.offer;
    delete from replication.file_offer;
    delete from replication.quarantine;
    -- Numbers of a former life.
    delete from replication.horizon;
    delete from replication.level;
    delete from replication.met;
    update replication.self
    set number = new_number,
        purged_to = null,
        compacted_to = null,
        name = coalesce(new_name, me.name),
        identity = gen_random_uuid(),
        database = (select d.oid from pg_database as d where d.datname = current_database()),
        server = (select c.system_identifier from pg_control_system() as c);
    if new_number <> me.number then
        perform replication.take_number();
    end if;
    insert into replication.member as m (number, name, identity)
    select s.number, s.name, s.identity
    from replication.self as s
    on conflict (number) do update
        set name = excluded.name,
            identity = excluded.identity;
    perform replication.number_sequences(r.relid)
    from replication.relation as r;
    perform replication.make_birthmark();
end
$$;
comment on function replication.come_back(int, text, int, text, uuid) is
    'makes a database that went back in time, or a copy, a node of the tree again';

-- What follows from another number: the capture functions hold it, and the tree that the database
-- knew was another node''s.
create or replace function replication.take_number()
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
begin
    delete from replication.edge;
    delete from replication.member;
    for r in
        select *
        from replication.relation
        order by id
    loop
        perform replication.make_capture_functions(r.id);
        if r.relid::oid in ('replication.edge'::regclass, 'replication.member'::regclass) then
            execute format('delete from replication.log_%s', r.id);
        end if;
    end loop;
end
$$;

-- Forgets what this node has from a neighbour outside the tables, and which of its large objects it
-- knows: they belong to an edge that is made anew. A database that went back in time gives the numbers
-- and the marks of its objects to others.
create or replace function replication.forget_neighbour(from_neighbour int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from replication.object_pair
    where neighbour = from_neighbour;
    perform replication.drop_staging(from_neighbour);
end
$$;
drop function if exists replication.forget_staged(int);

-- Makes the edge to a neighbour that came back like a new one: both sides are merged whole.
create or replace function replication.meet_again(
    neighbour_number int,
    neighbour_name text,
    neighbour_identity uuid
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform from replication.neighbour where number = neighbour_number for update;
    update replication.neighbour
    set name = neighbour_name,
        identity = neighbour_identity,
        received = null,
        received_token = null,
        way_back = null,
        acknowledged = null,
        schema_from = '1:1:'
    where number = neighbour_number;
    delete from replication.level
    where neighbour = neighbour_number;
    delete from replication.offer
    where neighbour = neighbour_number;
    delete from replication.file_offer
    where neighbour = neighbour_number;
    perform replication.forget_neighbour(neighbour_number);
end
$$;
comment on function replication.meet_again(int, text, uuid) is
    'makes the edge to a neighbour that came back in time like a new one';
