-- Logs do not grow for ever: what all neighbours have had for long enough goes.

-- Lets the index of a log tell where new entries stand: else each look for pending ones reads all that
-- was written since autovacuum last came by. Only where that is much.
create or replace function replication.summarize_logs()
    returns void
    language sql
    security definer
    volatile
    set search_path = ''
begin atomic
    select brin_summarize_new_values(i.indexrelid)
    from replication.relation as r
        join pg_index as i on i.indrelid = to_regclass(format('replication.log_%s', r.id))
        join pg_class as c on c.oid = i.indexrelid
        join pg_am as a on a.oid = c.relam
    where a.amname = 'brin'
        -- Not by the index: the planner may ask for the size of each table then, and wait for whoever has
        -- it locked.
        and pg_relation_size(to_regclass(format('replication.log_%s', r.id))) > 1048576;
end;
revoke execute on function replication.summarize_logs() from public;

-- Empties a log of which nothing is needed any more: that leaves no dead entries behind. Only where it is
-- large, and nobody is writing it. False where it was left as it is.
drop function if exists replication.empty_log(int, bigint, bigint[], timestamptz);
create or replace function replication.empty_log(
    relation_id int,
    done_below bigint,
    not_done bigint[]
)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_needed boolean;
    has_needed text := format(
        'select exists (
            select
            from replication.log_%s
            where not (xid < $1 and xid <> all ($2))
        )', relation_id);
begin
    if pg_relation_size(to_regclass(format('replication.log_%s', relation_id))) < 1048576 then
        return false;
    end if;
    execute has_needed into is_needed using done_below, not_done;
    if is_needed then
        return false;
    end if;
    execute format('lock table replication.log_%s in access exclusive mode nowait', relation_id);
    execute has_needed into is_needed using done_below, not_done;
    if is_needed then
        return false;
    end if;
    execute format('truncate replication.log_%s', relation_id);
    return true;
exception
    when lock_not_available or insufficient_privilege then
        return false;
end
$$;

-- Removes the log entries that every neighbour has had for self.keep. Returns how many. Looks through the
-- logs a few times while self.keep goes by, not in each sync, and compacts what is left.
create or replace function replication.purge()
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    done pg_snapshot;
    done_below bigint;
    not_done bigint[];
    r int;
    part bigint;
    total bigint := 0;
begin
    if not exists (select from replication.neighbour) then
        return 0;
    end if;
    perform replication.summarize_logs();
    -- One purge at a time does: whoever comes second does not wait for it.
    perform
    from replication.self as s
    where s.purged_at is null
        or s.purged_at not between clock_timestamp() - s.keep / 24 and clock_timestamp()
    for update skip locked;
    if not found then
        return 0;
    end if;
    done := replication.note_horizon();
    done_below := coalesce(pg_snapshot_xmax(done)::text::bigint, 0);
    not_done := array(select x::text::bigint from pg_snapshot_xip(done) as x);
    update replication.self
    set purged_at = clock_timestamp(),
        purged_to = coalesce(done, purged_to);
    for r in
        select id
        from replication.relation
    loop
        if not replication.empty_log(r, done_below, not_done) then
            execute format('delete from replication.log_%s where xid < $1 and xid <> all ($2)', r)
            using done_below, not_done;
            get diagnostics part = row_count;
            total := total + part;
        end if;
    end loop;
    -- Changes of schema stay: by them a node that went back in time knows which ones it has had.
    delete from replication.event
    where kind = 'truncate'
        and xid < done_below
        and xid <> all (not_done);
    delete from replication.met
    where xid < done_below
        and xid <> all (not_done);
    perform replication.thin_levels();
    perform replication.compact_logs();
    return total;
end
$$;
comment on function replication.purge() is
    'removes log entries that all neighbours have had for self.keep';
