-- Each node draws its own share of every sequence: numbers that no other node draws.

-- The sequences of replicated columns as they were before, so that they can be given back.
create table if not exists replication.sequence (
    relid regclass primary key,
    table_relid oid not null,
    increment bigint not null,
    start bigint not null
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

-- The next number of node `node` at or after `lowest` (at or before, where the step is negative). With
-- the increment 1 these are the numbers that are the node''s modulo M; with an increment of k, as
-- programs use that draw a number and hand out k from it, blocks of k: the node''s begin at
-- (node - 1) * k + 1 modulo k * M.
create or replace function replication.next_share(
    lowest bigint,
    step bigint,
    node int,
    modulus int
)
    returns numeric
    language sql
    immutable
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
comment on function replication.next_share(bigint, bigint, int, int) is
    'the next number of a sequence that belongs to the given node';

-- Every sequence of a replicated table: how it must step, and the number that it would draw next.
-- It is empty for a table without sequences.
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
    pg_sequence_last_value(q.relid) as last_value,
    self.number as node,
    self.modulus
from replication.relation as s
    cross join replication.self
    cross join lateral replication.sequences_of(s.relid) as q
    join pg_sequence as p on p.seqrelid = q.relid
    left join replication.sequence as o on o.relid = q.relid;

-- Gives the sequences of one table to this node: from now on they draw only its numbers, above
-- (below, if they count down) every number drawn so far and the last value of their column. START
-- too is the node''s, for TRUNCATE ... RESTART IDENTITY.
--
-- SECURITY DEFINER: an agent that does not own the sequence may have to move it after a first sync.
create or replace function replication.number_sequences(this_table regclass)
    returns void
    language plpgsql
    security definer
    set search_path = ''
as $$
declare
    s record;
    used numeric;
    next_value numeric;
    start_value numeric;
begin
    for s in
        select *
        from replication.sequence_state as q
        where q.table_relid = this_table
    loop
        used := null;
        if s.column_name is not null then
            execute format('select %s(%I) from %s',
                case when s.unit > 0 then 'max' else 'min' end, s.column_name, s.table_relid)
            into used;
        end if;
        if s.known
            and s.increment = s.wanted_increment
            and replication.is_share(s.last_value, s.unit, s.node, s.modulus)
            and (used is null or s.last_value is not null and sign(s.unit) * (s.last_value - used) >= 0)
        then
            continue;
        end if;
        start_value := replication.next_share(s.former_start, s.unit, s.node, s.modulus);
        next_value := replication.next_share(
            greatest(sign(s.unit) * s.former_start,
                sign(s.unit) * s.last_value + abs(s.unit),
                sign(s.unit) * used + 1)::bigint * sign(s.unit)::bigint,
            s.unit, s.node, s.modulus);
        if next_value not between s.seqmin and s.seqmax then
            raise exception 'sequence % has no number left for node %', s.relid, s.node
                using hint = format('It ends at %s and the next number of this node would be %s.'
                    ' Give the column and the sequence a wider type.', s.seqmax, next_value);
        end if;
        insert into replication.sequence (relid, table_relid, increment, start)
        values (s.relid, s.table_relid, s.increment, s.start)
        on conflict (relid) do nothing;
        execute format('alter sequence %s increment by %s start with %s restart with %s',
            s.relid, s.wanted_increment, start_value, next_value);
    end loop;
end
$$;
revoke execute on function replication.number_sequences(regclass) from public;
comment on function replication.number_sequences(regclass) is
    'lets the sequences of a table draw only numbers that belong to this node';

-- Whether a number is one of the node''s; null (nothing drawn yet) is.
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
return value is null or replication.next_share(value, step, node, modulus) = value;

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
        returning q.*, exists (select from pg_class where oid = q.relid) as exists
    loop
        if s.exists then
            execute format('alter sequence %s increment by %s start with %s',
                s.relid, s.increment, s.start);
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
            when s.unit > 0 then s.seqmax - coalesce(s.last_value, s.start)
            else coalesce(s.last_value, s.start)::numeric - s.seqmin
        end / abs(s.wanted_increment)
    ) as left_over
from replication.sequence_state as s
where case
        when s.unit > 0 then s.seqmax - coalesce(s.last_value, s.start)::numeric
        else coalesce(s.last_value, s.start)::numeric - s.seqmin
    end < (s.seqmax::numeric - s.seqmin) / 10;
comment on view replication.scarce_sequence is
    'the sequences that have less than a tenth of their numbers left';
