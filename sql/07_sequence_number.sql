-- Sequences go on with the numbers of this node, above all that were drawn.

-- Waits for all who have drawn from a sequence and are not done, and lets nobody draw until the end
-- of this transaction: only then does it stay where it is. LOCK takes no sequence; this ALTER takes
-- the same lock as the one that follows, and changes nothing.
create or replace function replication.lock_sequence(sequence regclass)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('alter sequence %s cache %s', sequence,
        (select p.seqcache from pg_sequence as p where p.seqrelid = sequence));
end
$$;
comment on function replication.lock_sequence(regclass) is
    'lets nobody draw from a sequence until the end of the transaction';

-- The number from which a sequence has to go on, so that it draws only numbers of this node, above
-- (below, if it counts down) every number drawn so far and the last value of its column; null where
-- it does so already.
create or replace function replication.place_to_restart(this_table regclass, sequence regclass)
    returns numeric
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
    set row_security = off
as $$
declare
    s record;
    used numeric;
    reading text;
    way numeric;
    next_value numeric;
begin
    select *
    into strict s
    from replication.sequence_state as q
    where q.table_relid = this_table
        and q.relid = sequence;
    -- Numeric: of a bigint, sign() makes a float, which has too few digits.
    way := sign(s.unit::numeric);
    if s.column_name is not null then
        reading := format('select %s(%I)::numeric from %s',
            case when s.unit > 0 then 'max' else 'min' end, s.column_name, s.table_relid);
        if replication.must_ask_owner(s.table_relid) then
            used := (replication.ask_owner(s.table_relid, reading, 'numeric')::numeric[])[1];
        else
            execute reading into used;
        end if;
    end if;
    if (used is null
            or s.cycles
            or way * (s.last_value - used) >= case when s.is_drawn then 0 else 1 end)
        and not exists (
            select
            from replication.wrong_sequence as w
            where w.table_relid = s.table_relid
                and w.relid = s.relid
        )
    then
        return null;
    end if;
    next_value := replication.next_share(
        way * greatest(
            way * s.former_start,
            way * s.last_value + case when s.is_drawn then abs(s.unit) else 0 end,
            way * used + 1),
        s.unit, s.node, s.modulus);
    if s.cycles and next_value not between s.wanted_min and s.wanted_max then
        next_value := case when s.unit > 0 then s.wanted_min else s.wanted_max end;
    end if;
    return next_value;
end
$$;

-- Says that a sequence ends before the number from which it would have to go on.
create or replace function replication.refuse_number(sequence regclass, next_value numeric)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    limits record;
begin
    select case when p.seqincrement > 0 then p.seqmax else p.seqmin end as last, self.number
    into limits
    from pg_sequence as p
        cross join replication.self
    where p.seqrelid = sequence;
    raise exception 'sequence % has no number left for node %', sequence, limits.number
        using hint = format('It ends at %s and the next number of this node would be %s.'
            ' Give the column and the sequence a wider type.', limits.last, next_value);
end
$$;

-- Gives the sequences of one table to this node: from now on they draw only its numbers, above
-- (below, if they count down) every number drawn so far and the last value of their column. START
-- too is the node''s, for TRUNCATE ... RESTART IDENTITY.
--
-- SECURITY DEFINER: an agent that does not own the sequence may have to move it after a first sync.
-- It reads nothing but tables, by no policy, and not without must_ask_owner(): functions of the owner
-- of a view, a policy or an index would be called with these rights.
create or replace function replication.number_sequences(this_table regclass)
    returns void
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
    set row_security = off
as $$
declare
    this_sequence regclass;
    s record;
    next_value numeric;
begin
    -- What is locked keeps its name.
    execute format('lock table only %s in access share mode', this_table);
    if not exists (
        select
        from pg_class as c
        where c.oid = this_table
            and c.oid = to_regclass(this_table::text)
            and c.relkind in ('r', 'p')
    ) then
        raise exception '% is no table', this_table
            using errcode = 'wrong_object_type';
    end if;
    for this_sequence in
        select q.relid
        from replication.sequence_state as q
        where q.table_relid = this_table
    loop
        continue when replication.place_to_restart(this_table, this_sequence) is null;
        perform replication.lock_sequence(this_sequence);
        -- As it stands now: who was waited for may have drawn, or moved it already.
        next_value := replication.place_to_restart(this_table, this_sequence);
        continue when next_value is null;
        select *
        into strict s
        from replication.sequence_state as q
        where q.table_relid = this_table
            and q.relid = this_sequence;
        if next_value not between s.seqmin and s.seqmax then
            perform replication.refuse_number(this_sequence, next_value);
        end if;
        insert into replication.sequence (relid, table_relid, increment, start, minimum, maximum)
        values (s.relid, s.table_relid, s.increment, s.start,
            case when s.wanted_min <> s.seqmin then s.seqmin end,
            case when s.wanted_max <> s.seqmax then s.seqmax end)
        on conflict (relid) do nothing;
        execute format('alter sequence %s increment by %s minvalue %s maxvalue %s start with %s'
            ' restart with %s',
            s.relid, s.wanted_increment, s.wanted_min, s.wanted_max,
            replication.next_share(s.former_start, s.unit, s.node, s.modulus), next_value);
    end loop;
end
$$;
revoke execute on function replication.number_sequences(regclass) from public;
comment on function replication.number_sequences(regclass) is
    'lets the sequences of a table draw only numbers that belong to this node';
