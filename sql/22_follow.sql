-- The capture follows the schema: what ALTER TABLE and the like do to a replicated table.

-- Whether a row `t` of a table, or what a log would say of it, has the key of a log's entry `l`.
create or replace function replication.same_key(this_table oid, is_entry boolean)
    returns text
    language sql
    stable
    set search_path = ''
return (
    select string_agg(format('t.%I %s l.k%s',
            case when is_entry then 'k' || k.number else k.name::text end, k.equals, k.number),
        ' and ')
    from replication.key_columns(this_table) as k
);

-- The entries of one log that are about the rows of a part of its table are needed in another one:
-- a partition was attached or detached. Those without a row anywhere are deletes, and may be about
-- it.
create or replace function replication.move_entries(from_relation int, to_relation int, part oid)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    former replication.relation;
    present replication.relation;
    asks_part boolean;
    asks_former boolean;
begin
    select * into strict former from replication.relation where id = from_relation;
    select * into strict present from replication.relation where id = to_relation;
    if former.key <> present.key then
        -- Under other keys: what rows there are is sent.
        perform replication.log_all(to_relation, part);
        return;
    end if;
    asks_part := replication.must_ask_owner(part);
    asks_former := replication.must_ask_owner(former.relid);
    execute format(
        'insert into replication.log_%1$s (xid, changed_at, origin, via, action, %2$s)'
        ' select l.xid, l.changed_at, l.origin, l.via, l.action, %3$s'
        ' from replication.log_%4$s as l'
        ' where exists (select from %5$s as t where %6$s)'
        ' or not exists (select from %7$s as t where %8$s)',
        to_relation,
        (select string_agg('k' || k, ', ' order by k) from generate_subscripts(present.key, 1) as k),
        (select string_agg('l.k' || k, ', ' order by k) from generate_subscripts(present.key, 1) as k),
        from_relation,
        case when asks_part then format('unnest($1::replication.log_%s[])', to_relation)
            else part::regclass::text end,
        replication.same_key(part, asks_part),
        case when asks_former then format('unnest($2::replication.log_%s[])', from_relation)
            else former.relid::text end,
        replication.same_key(part, asks_former))
    using case when asks_part then replication.ask_keys(to_relation, part) end,
        case when asks_former then replication.ask_keys(from_relation, former.relid) end;
end
$$;

-- The table of another registry entry whose capture triggers a table has: the partitioned one that
-- it was a partition of, say. Null where it has none.
create or replace function replication.former_relation(this_table oid, except_relation int)
    returns int
    language sql
    stable
    set search_path = ''
begin atomic
    select r.id
    from pg_trigger as t
        join pg_proc as f on f.oid = t.tgfoid
        join replication.relation as r on f.proname = 'insert_' || r.id
    where t.tgrelid = this_table
        and f.pronamespace = 'replication'::regnamespace
        and r.id is distinct from except_relation
    limit 1;
end;

-- Whether the capture of a table is as it should be but for the list of its columns: the common
-- case, for which nothing needs to be made again.
create or replace function replication.needs_nothing(r replication.relation)
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select r.kind = replication.kind_of(r.relid)
        and r.kind <> 'p'
        and not r.by_columns
        and r.tablename = replication.full_name(r.relid)
        and r.key = array(
            select k.name::text
            from replication.key_columns(r.relid) as k
            order by k.number
        )
        and (
            select count(*) = 5
            from pg_trigger as t
                join pg_proc as f on f.oid = t.tgfoid
            where t.tgrelid = r.relid
                and t.tgname like 'replication\_%'
                and t.tgenabled = 'O'
                and f.pronamespace = 'replication'::regnamespace
                and f.proname = substr(t.tgname::text, 13) || '_' || r.id
        )
        and replication.has_same_key(r)
        and r.held = replication.bigint_objects(r.relid)
        and not exists (
            select
            from replication.wrong_refusal as w
            where w.relation = r.id
        )
        and not exists (
            select
            from replication.wrong_sequence as s
            where s.table_relid = r.relid
        );
end;

-- Lets the capture follow what happened to one table: it is new, has become a partition or is none
-- any more, lost or changed its key, or has another name. `is_captured`: the statement that did it
-- is logged, so that the neighbours do the same. Returns what a person should know; null for
-- nothing.
create or replace function replication.follow(this_table oid, is_captured boolean default false)
    returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    known replication.relation;
    root oid;
    former int;
    candidate record;
begin
    select * into known
    from replication.relation
    where relid = this_table;
    root := (
        select p.relid
        from pg_partition_ancestors(this_table::regclass) as p (relid)
        where p.relid <> this_table
        order by (select c.relispartition from pg_class as c where c.oid = p.relid)
        limit 1
    );
    if root is not null then
        return replication.follow_partition(this_table, root, known.id);
    end if;
    select * into candidate
    from replication.candidate as c
    where c.relid = this_table;
    if candidate.relid is null then
        return null;
    end if;
    if candidate.reason is not null then
        -- Until it has a key again its changes are logged under the old one, as far as that goes.
        if known.id is not null and (
            candidate.reason not like 'it has no key%'
            or exists (
                select
                from unnest(known.key_numbers, known.key) as n (attnum, name)
                    left join pg_attribute as a on a.attrelid = this_table
                        and a.attnum = n.attnum
                        and a.attname = n.name
                where a.attnum is null
            )
        ) then
            perform replication.detach(known.id);
        end if;
        return format('table %s is not replicated: %s', this_table::regclass, candidate.reason);
    end if;
    if known.id is not null and replication.needs_nothing(known) then
        update replication.relation as r
        set columns = replication.columns_of(this_table),
            added = replication.added_columns(r)
        where r.id = known.id;
        perform replication.remember_object_columns(this_table);
        return null;
    end if;
    former := replication.former_relation(this_table, known.id);
    known.id := coalesce(known.id, replication.attach(this_table::regclass, former is null));
    if former is not null then
        perform replication.move_entries(former, known.id, this_table);
    end if;
    if known.relid is not null then
        perform replication.attach(this_table::regclass);
        perform replication.follow_name(known.tablename, replication.full_name(this_table));
    elsif is_captured then
        -- The neighbours make it themselves, so it is none that has taken another one''s place.
        update replication.relation
        set xid = 0
        where id = known.id;
    end if;
    return null;
end
$$;
comment on function replication.follow(oid, boolean) is
    'lets the capture follow what happened to one table; returns what a person should know';

-- The same for a partition, of the topmost table `root`; `own_id`: its own number in the registry,
-- if it was replicated by itself.
create or replace function replication.follow_partition(part oid, root oid, own_id int)
    returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    root_id int := (select r.id from replication.relation as r where r.relid = root);
    is_new boolean;
begin
    if root_id is null then
        if own_id is not null then
            perform replication.detach(own_id);
        end if;
        return null;
    end if;
    is_new := replication.former_relation(part, null) is distinct from root_id;
    if own_id is not null then
        perform replication.move_entries(own_id, root_id, part);
        perform replication.detach(own_id);
    end if;
    if (select c.reason is not null from replication.candidate as c where c.relid = root) then
        return null;
    end if;
    perform replication.attach(root::regclass);
    if own_id is null and is_new and exists (select from replication.neighbour)
        and (select c.relkind = 'r' from pg_class as c where c.oid = part)
    then
        perform replication.log_all(root_id, part::regclass);
    end if;
    return null;
end
$$;

-- A policy goes along with the name of its table. Only where the table was renamed by a user: on
-- the other nodes the policy arrives as a row.
create or replace function replication.follow_name(former text, present text)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.policy as p
    set tablename = present
    where p.tablename = former
        and former <> present
        and current_setting('session_replication_role') <> 'replica';
end;
