-- What a sync looks at first: where nothing has changed since the last one, it need not look further.

-- All that a sync checks before it moves anything, in one number that changes with any of it: what the
-- capture depends on, the shape of the tables, the tree, and what the present role may do.
create or replace function replication.checked_state()
    returns numeric
    language sql
    stable
    set search_path = ''
begin atomic
    select replication.capture_state()
        + coalesce((
            select sum(hash_record_extended((t.xmin, t.ctid), 21))
            from pg_type as t
            where t.oid >= 16384
                and t.typtype <> 'c'
                and t.typcategory <> 'A'
        ), 0)
        + coalesce((
            select sum(hash_record_extended((m.xmin, m.ctid), 22))
            from replication.member as m
        ), 0)
        + coalesce((
            select sum(hash_record_extended((e.xmin, e.ctid), 23))
            from replication.edge as e
        ), 0)
        + coalesce((
            select sum(hash_record_extended((d.xmin, d.ctid), 24))
            from replication.ddl_setting as d
        ), 0)
        + coalesce((
            select sum(hash_record_extended((m.xmin, m.ctid), 25))
            from pg_auth_members as m
        ), 0)
        + coalesce((
            select sum(hash_record_extended((p.xmin, p.ctid), 26))
            from pg_parameter_acl as p
        ), 0)
        + (
            select hash_record_extended((d.xmin, d.ctid), 27)
            from pg_database as d
            where d.datname = current_database()
        )
        + (
            select hash_record_extended((r.oid, r.rolsuper, r.rolbypassrls, r.rolinherit), 28)
            from pg_roles as r
            where r.rolname = current_user
        );
end;
comment on function replication.checked_state() is
    'a number that changes when anything changes that a sync checks before it begins';

-- Whether a sync can do without its checks, and what is pending for a neighbour.
--   state         what replication.checked_state() is now
--   is_unchanged  it is what it was when a sync last found nothing wrong; and there is no TRUNCATE or
--                 change of schema that the neighbour has not heard of, no row in quarantine, and the
--                 sequences draw this node's numbers
--   is_pending    the logs hold entries that the neighbour has not heard of, as far as this node knows
--   next_xid      the next transaction that writes has this number, and none is under way; null: some
--                 are
--
-- Where no transaction at all has written since the last time, nothing has changed, and what was found
-- then is the answer. (A sequence can go on without one, but it stays with its node's numbers: setval
-- needs one.)
create or replace function replication.glance(
    this_neighbour int,
    out state numeric,
    out is_unchanged boolean,
    out is_pending boolean,
    out next_xid bigint
)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '5s'
as $$
declare
    n replication.neighbour;
    present pg_snapshot := pg_current_snapshot();
begin
    select * into n
    from replication.neighbour as k
    where k.number = this_neighbour;
    if not found then
        return;
    end if;
    if n.checked_state is null or n.acknowledged is null then
        state := replication.checked_state();
        return;
    end if;
    if pg_snapshot_xmin(present) = pg_snapshot_xmax(present) then
        next_xid := pg_snapshot_xmax(present)::text::bigint;
    end if;
    if n.at_rest_before = next_xid then
        state := n.checked_state;
        is_unchanged := true;
        is_pending := false;
        return;
    end if;
    state := replication.checked_state();
    if state <> n.checked_state then
        return;
    end if;
    is_pending := exists (
        select
        from replication.pending(n.acknowledged, this_neighbour)
    );
    is_unchanged := not exists (
            select
            from replication.event as e
            where e.xid >= pg_snapshot_xmin(n.acknowledged)::text::bigint
                and not pg_visible_in_snapshot(e.xid::text::xid8, n.acknowledged)
        )
        and not exists (select from replication.quarantine)
        and replication.draws_own_numbers();
end
$$;
comment on function replication.glance(int) is
    'whether anything has changed since the last sync with a neighbour, at a glance';

-- Notes that a sync found nothing wrong with this state here and the other one at the neighbour.
create or replace function replication.note_check(
    this_neighbour int,
    state numeric,
    state_there numeric
)
    returns void
    language sql
    set search_path = ''
begin atomic
    update replication.neighbour
    set checked_state = state,
        checked_with = state_there
    where number = this_neighbour
        and (checked_state, checked_with) is distinct from (state, state_there)
        and not exists (select from replication.outdated_capture);
end;
comment on function replication.note_check(int, numeric, numeric) is
    'notes the state with which a sync found nothing wrong';

-- Notes a sync that found nothing to do. `expected_xid`: the number that this transaction has if nobody
-- has written since replication.glance() looked. Should a crash undo it, nothing is lost.
create or replace function replication.note_rest(
    this_neighbour int,
    expected_xid bigint,
    skew float8,
    skew_error float8
)
    returns void
    language sql
    set search_path = ''
begin atomic
    select set_config('synchronous_commit', 'off', true);
    update replication.neighbour
    set last_sync = now(),
        clock_seen = replication.keep_clock(clock_seen),
        clock_skew = make_interval(secs => skew),
        clock_skew_error = make_interval(secs => skew_error),
        clock_measured_at = now(),
        at_rest_before = case
            when pg_current_xact_id()::text::bigint = expected_xid then expected_xid + 1
        end
    where number = this_neighbour;
end;
comment on function replication.note_rest(int, bigint, float8, float8) is
    'notes that a sync with a neighbour had nothing to do';
