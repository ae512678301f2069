-- Which numbers sequences have handed out, as another database can tell: a node that went back in
-- time would draw them again.

-- The highest number (the lowest, of a sequence that counts down) that this database knows of every
-- column that draws from a sequence: in the table, and in its log, which remembers deleted rows.
create or replace function replication.highest_numbers()
    returns table (tablename text, column_name text, highest numeric)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record;
    found numeric;
    deleted numeric;
begin
    for s in
        select q.table_relid, q.column_name as name, r.id,
            format('%I.%I', n.nspname, c.relname) as full_name,
            array_position(r.key, q.column_name::text) as place,
            case when q.unit > 0 then 'max' else 'min' end as extreme
        from replication.sequence_state as q
            join replication.relation as r on r.relid = q.table_relid
            join pg_class as c on c.oid = q.table_relid
            join pg_namespace as n on n.oid = c.relnamespace
        where q.column_name is not null
            and not q.cycles
    loop
        execute format('select %s(%I)::numeric from %s', s.extreme, s.name, s.table_relid)
        into found;
        deleted := null;
        if s.place is not null then
            execute format('select %s(k%s)::numeric from replication.log_%s',
                s.extreme, s.place, s.id)
            into deleted;
        end if;
        return query select s.full_name, s.name::text,
            case s.extreme when 'max' then greatest(found, deleted) else least(found, deleted) end;
    end loop;
end
$$;
comment on function replication.highest_numbers() is
    'the highest number known here of each column that draws from a sequence';

-- Whether a sequence draws from now on only numbers above one (below, if it counts down).
create or replace function replication.is_beyond(
    this_table regclass,
    sequence regclass,
    highest numeric
)
    returns boolean
    language sql
    volatile
    set search_path = ''
begin atomic
    select sign(q.unit::numeric) * (highest - q.last_value) < case when q.is_drawn then 1 else 0 end
    from replication.sequence_state as q
    where q.table_relid = this_table
        and q.relid = sequence;
end;

-- Lets the sequences of a column go on above a number, where they are not there yet. One that has
-- no number left behind it is an error, or stays where it is.
create or replace function replication.go_on_above(
    this_table regclass,
    this_column text,
    highest numeric,
    may_stay boolean
)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record;
    next_value numeric;
begin
    for s in
        select q.*
        from replication.sequence_state as q
        where q.table_relid = this_table
            and q.column_name = this_column
            and not q.cycles
    loop
        continue when replication.is_beyond(this_table, s.relid, highest);
        next_value := replication.next_share(
            highest + sign(s.unit::numeric), s.unit, s.node, s.modulus);
        if next_value not between s.seqmin and s.seqmax then
            continue when may_stay;
            perform replication.refuse_number(s.relid, next_value);
        end if;
        perform replication.lock_sequence(s.relid);
        -- Who was waited for may have drawn numbers beyond it meanwhile.
        continue when replication.is_beyond(this_table, s.relid, highest);
        execute format('alter sequence %s restart with %s', s.relid, next_value);
    end loop;
end
$$;

-- Lets the sequence of a column go on above a number that is known elsewhere. Names a table and
-- column that may not be here.
create or replace function replication.pass_number(
    this_table text,
    this_column text,
    highest numeric
)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    select replication.go_on_above(to_regclass(this_table), this_column, highest, false);
end;
comment on function replication.pass_number(text, text, numeric) is
    'lets the sequence of a column go on above a number';

-- Lets the sequence of a column go on above one of this node's own numbers that has arrived from a
-- neighbour. One that has no number left behind it stays where it is.
--
-- SECURITY DEFINER: an agent need not own the sequence. It reads the catalog alone.
create or replace function replication.follow_number(
    this_table regclass,
    this_column text,
    highest bigint
)
    returns void
    language sql
    volatile
    security definer
    set search_path = ''
begin atomic
    select replication.go_on_above(this_table, this_column, highest, true);
end;
revoke execute on function replication.follow_number(regclass, text, bigint) from public;
comment on function replication.follow_number(regclass, text, bigint) is
    'lets the sequence of a column go on above a number of this node''s that has arrived';
