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
    set search_path = pg_catalog, pg_temp
as $$
begin
    if (select c.relkind from pg_class as c where c.oid = sequence) is distinct from 'S' then
        return;
    end if;
    -- To ask so is ten times as cheap, but tells nothing of one that has drawn no number yet.
    last_value := pg_sequence_last_value(sequence);
    is_drawn := last_value is not null;
    if not is_drawn then
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

-- Gives the sequences of a table back as they were, but for the numbers already drawn.
create or replace function replication.restore_sequences(this_table oid)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
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
