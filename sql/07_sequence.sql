-- Each node draws its own share of every sequence: numbers that no other node draws.

-- The sequences of replicated columns as they were before, so that they can be given back.
--   minimum, maximum   where they were changed too: of a sequence that cycles
create table if not exists replication.sequence (
    relid regclass primary key,
    table_relid regclass not null,
    increment bigint not null,
    start bigint not null,
    minimum bigint,
    maximum bigint
);

-- The sequences that columns of a table draw from: serial and identity columns, and any other
-- default that calls nextval. The name of the column is null where it holds no plain numbers.
create or replace function replication.sequences_of(table_relid oid)
    returns table (relid regclass, column_name name)
    language sql
    stable
begin atomic
    with drawn (sequence, relid, attnum) as (
        select d.objid, d.refobjid, d.refobjsubid
        from replication.parts_of(table_relid) as p
            join pg_depend as d on d.refclassid = 'pg_class'::regclass
                and d.refobjid = p.relid
                and d.classid = 'pg_class'::regclass
                and d.deptype = 'i'
                and d.refobjsubid > 0
        union all
        select d.refobjid, f.adrelid, f.adnum
        from replication.parts_of(table_relid) as p
            join pg_attrdef as f on f.adrelid = p.relid
            join pg_depend as d on d.classid = 'pg_attrdef'::regclass
                and d.objid = f.oid
                and d.refclassid = 'pg_class'::regclass
    )
    select distinct on (s.oid)
        s.oid::regclass,
        case
            when a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype,
                'numeric'::regtype) then a.attname
        end
    from drawn as d
        join pg_class as s on s.oid = d.sequence
            and s.relkind = 'S'
        join pg_attribute as a on a.attrelid = d.relid
            and a.attnum = d.attnum
    order by s.oid, a.attrelid, a.attnum;
end;

-- The next number of node `node` at or after `lowest` (at or before, where the step is negative).
-- With the increment 1 these are the numbers that are the node''s modulo M; with an increment of k,
-- as programs use that draw a number and hand out k from it, blocks of k: the node''s begin at
-- (node - 1) * k + 1 modulo k * M.
create or replace function replication.next_share(
    lowest numeric,
    step bigint,
    node int,
    modulus int
)
    returns numeric
    language sql
    immutable
    set search_path = ''
begin atomic
    select case
            when step > 0 then lowest + mod(mod(f.first - lowest, f.period) + f.period, f.period)
            else lowest - mod(mod(lowest - f.first, f.period) + f.period, f.period)
        end
    from (
        select
            (node - 1)::numeric * abs(step) + 1 as first,
            abs(step)::numeric * modulus as period
    ) as f;
end;
comment on function replication.next_share(numeric, bigint, int, int) is
    'the next number of a sequence that belongs to the given node';

-- Where a sequence stands: the number drawn last, or the one that will be drawn first, if it was
-- set since (setval, RESTART). pg_sequence_last_value() says nothing of the latter, and so would
-- hide that the sequence was set to a number of another node.
--
-- SECURITY DEFINER: an agent need not have rights on the users' sequences.
create or replace function replication.place_of(
    sequence regclass,
    out last_value bigint,
    out is_drawn boolean
)
    language plpgsql
    stable
    security definer
    set search_path = ''
as $$
begin
    if (select c.relkind from pg_class as c where c.oid = sequence) = 'S' then
        execute format('select last_value, is_called from %s', sequence)
        into last_value, is_drawn;
    end if;
end
$$;
comment on function replication.place_of(regclass) is
    'the number that a sequence drew last, or will draw first';

-- Every sequence of a replicated table: how it must step, and where it stands. One that cycles
-- begins again at its minimum (at its maximum, if it counts down), which must be the node''s as
-- well.
create or replace view replication.sequence_state as
select
    s.relid as table_relid,
    q.relid,
    q.column_name,
    o.relid is not null as known,
    coalesce(o.increment, p.seqincrement) as unit,
    coalesce(o.increment, p.seqincrement) * self.modulus as wanted_increment,
    p.seqincrement as increment,
    p.seqstart as start,
    coalesce(o.start, p.seqstart) as former_start,
    p.seqmin,
    p.seqmax,
    p.seqcycle as cycles,
    case
        when p.seqcycle and p.seqincrement > 0 then replication.next_share(
            p.seqmin, coalesce(o.increment, p.seqincrement), self.number, self.modulus)
        else p.seqmin
    end as wanted_min,
    case
        when p.seqcycle and p.seqincrement < 0 then replication.next_share(
            p.seqmax, coalesce(o.increment, p.seqincrement), self.number, self.modulus)
        else p.seqmax
    end as wanted_max,
    l.last_value,
    l.is_drawn,
    self.number as node,
    self.modulus
from replication.relation as s
    cross join replication.self
    cross join lateral replication.sequences_of(s.relid) as q
    join pg_sequence as p on p.seqrelid = q.relid
    cross join lateral replication.place_of(q.relid) as l
    left join replication.sequence as o on o.relid = q.relid;

-- Whether a number is one of the node''s.
create or replace function replication.is_share(
    value bigint,
    step bigint,
    node int,
    modulus int
)
    returns boolean
    language sql
    immutable
    set search_path = ''
return replication.next_share(value, step, node, modulus) = value;

-- The sequences that do not draw their node''s numbers.
create or replace view replication.wrong_sequence as
select s.table_relid, s.relid
from replication.sequence_state as s
where not s.known
    or s.increment <> s.wanted_increment
    or s.seqmin <> s.wanted_min
    or s.seqmax <> s.wanted_max
    or not replication.is_share(s.last_value, s.unit, s.node, s.modulus);
comment on view replication.wrong_sequence is
    'the sequences of replicated tables that do not draw the numbers of this node';

-- Waits for all who have drawn from a sequence and are not done, and lets nobody draw until the end
-- of this transaction: only then does it stay where it is. LOCK takes no sequence; this ALTER takes
-- the same lock as the one that follows, and changes nothing.
create or replace function replication.lock_sequence(sequence regclass)
    returns void
    language plpgsql
    set search_path = ''
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
    set search_path = ''
    set row_security = off
as $$
declare
    s record;
    used numeric;
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
        execute format('select %s(%I) from %s',
            case when s.unit > 0 then 'max' else 'min' end, s.column_name, s.table_relid)
        into used;
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
    set search_path = ''
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
-- It reads nothing but tables, and by no policy: functions of the owner of a view or a policy would
-- be called with these rights.
create or replace function replication.number_sequences(this_table regclass)
    returns void
    language plpgsql
    security definer
    set search_path = ''
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

-- Gives the sequences of a table back as they were, but for the numbers already drawn.
create or replace function replication.restore_sequences(this_table oid)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    s record;
begin
    for s in
        delete from replication.sequence as q
        where q.table_relid = this_table
        returning q.*, (select p from pg_sequence as p where p.seqrelid = q.relid) as present
    loop
        if s.present is not null then
            execute format('alter sequence %s increment by %s minvalue %s maxvalue %s'
                    ' start with %s',
                s.relid, s.increment, coalesce(s.minimum, (s.present).seqmin),
                coalesce(s.maximum, (s.present).seqmax), s.start);
        end if;
    end loop;
end
$$;

-- Sequences of which less than a tenth is left.
create or replace view replication.scarce_sequence as
select
    s.relid,
    s.last_value,
    floor(
        case
            when s.unit > 0 then s.seqmax::numeric - s.last_value
            else s.last_value::numeric - s.seqmin
        end / abs(s.wanted_increment)
    ) as left_over
from replication.sequence_state as s
where not s.cycles
    and case
        when s.unit > 0 then s.seqmax::numeric - s.last_value
        else s.last_value::numeric - s.seqmin
    end < (s.seqmax::numeric - s.seqmin) / 10;
comment on view replication.scarce_sequence is
    'the sequences that have less than a tenth of their numbers left';
