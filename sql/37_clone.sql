-- A new node, made from a dump of a running one: `trompe clone`.

-- Makes a node-to-be known here and, with the next syncs, in the tree: from now on its number is taken,
-- and the logs keep what it will have to be told.
create or replace function replication.begin_clone(
    clone_number int,
    clone_name text,
    clone_identity uuid,
    clone_service text
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform replication.add_neighbour(clone_number, clone_name, clone_identity, clone_service,
        gen_random_uuid(), clock_timestamp());
    update replication.neighbour
    set is_clone = true
    where number = clone_number;
end
$$;
comment on function replication.begin_clone(int, text, uuid, text) is
    'makes a node known that is about to be cloned from this one';

-- The numbers here of the columns that stood in a list of the source's registry.
create or replace function replication.numbers_of_clone(tablename text, this_table oid, list text)
    returns int2[]
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select a.attnum
        from pg_temp.source_column as c
            join pg_attribute as a on a.attrelid = this_table
                and a.attname = c.name
        where c.tablename = numbers_of_clone.tablename
            and c.list = numbers_of_clone.list
            and not a.attisdropped
        order by a.attnum
    );
end
$$;

-- Makes a database that was restored from a dump of a node another node of the tree, with that one as its
-- only neighbour. It has all that the snapshot of the dump shows, and what its logs hold came from there.
-- The large objects have the numbers that they had, and columns other ones, where some were dropped:
--   pg_temp.source_object  the marks that the objects bore there
--   pg_temp.source_column  the columns that hold objects: which list of the registry they stand in
create or replace function replication.become_clone(
    new_number int,
    new_name text,
    new_identity uuid,
    source_number int,
    source_name text,
    source_identity uuid,
    source_service text,
    seen pg_snapshot,
    token uuid
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    before pg_snapshot := replication.snapshot_before_writing();
    this_xid bigint := pg_current_xact_id()::text::bigint;
    r replication.relation;
    n int;
begin
    for n in select number from replication.neighbour loop
        perform replication.forget_neighbour(n);
    end loop;
    perform replication.forget_filters(array(select f.neighbour from replication.filter as f));
    delete from replication.neighbour;
    delete from replication.offer;
    delete from replication.file_offer;
    delete from replication.quarantine;
    delete from replication.staging_mark;
    delete from replication.sync;
    delete from replication.compaction;
    delete from replication.level;
    delete from replication.met;
    -- Objects of versions that lost belong to the node that decided the conflict.
    insert into replication.loose_object (lo)
    select lo
    from replication.kept_object
    on conflict do nothing;
    delete from replication.kept_object;
    update replication.self
    set number = new_number,
        name = new_name,
        identity = new_identity,
        database = (select d.oid from pg_database as d where d.datname = current_database()),
        server = (select c.system_identifier from pg_control_system() as c),
        installed_at = now();
    -- Its tables are none that the source would have to be told of, or to send again.
    update replication.relation as t
    set xid = 1,
        columns = replication.columns_of(t.relid),
        key_numbers = replication.key_numbers(t.relid),
        added = '{}',
        objects = replication.numbers_of_clone(t.tablename, t.relid, 'objects'),
        no_objects = replication.numbers_of_clone(t.tablename, t.relid, 'no_objects'),
        found_objects = replication.numbers_of_clone(t.tablename, t.relid, 'found_objects');
    for r in
        select *
        from replication.relation
        order by id
    loop
        execute format('update replication.log_%s set xid = $1, via = $2', r.id)
        using this_xid, source_number;
        perform replication.make_capture_functions(r.id);
    end loop;
    update replication.event
    set xid = this_xid,
        via = source_number;
    insert into replication.neighbour (number, name, identity, service, received, received_token,
        way_back)
    values (source_number, source_name, source_identity, source_service, seen, token, before);
    insert into replication.object_pair (neighbour, theirs, mine, their_mark, my_mark, noted)
    select source_number, o.lo, o.lo, o.mark, replication.object_mark(o.lo::oid), 1
    from pg_temp.source_object as o
        join pg_largeobject_metadata as m on m.oid = o.lo
    on conflict do nothing;
    perform replication.number_sequences(relid)
    from replication.relation;
    perform replication.make_birthmark();
end
$$;
comment on function
    replication.become_clone(int, text, uuid, int, text, uuid, text, pg_snapshot, uuid) is
    'makes a database that was restored from a dump of a node another node of the tree';

-- The clone is a node now, and has what the snapshot shows.
create or replace function replication.end_clone(clone_number int, seen pg_snapshot, token uuid)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform replication.acknowledge(clone_number, seen, token);
    update replication.neighbour
    set is_clone = false
    where number = clone_number;
end
$$;
comment on function replication.end_clone(int, pg_snapshot, uuid) is
    'notes that a clone of this node is a node of its own';
