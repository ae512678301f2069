-- Which numbers sequences have handed out, as another database can tell: a node that went back in
-- time would draw them again.

-- The highest number (the lowest, of a sequence that counts down) that this database knows of every
-- column that draws from a sequence: in the table, and in its log, which remembers deleted rows.
create or replace function replication.highest_numbers()
    returns table (tablename text, column_name text, highest numeric)
    language plpgsql
    stable
    set search_path = ''
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

-- Lets the sequence of a column go on above a number that is known elsewhere, where it is not there
-- yet. Names a table and column that may not be here.
create or replace function replication.pass_number(
    this_table text,
    this_column text,
    highest numeric
)
    returns void
    language plpgsql
    set search_path = ''
as $$
declare
    s record;
    way numeric;
    next_value numeric;
begin
    for s in
        select q.*
        from replication.sequence_state as q
        where q.table_relid::oid = to_regclass(this_table)::oid
            and q.column_name = this_column
            and not q.cycles
    loop
        way := sign(s.unit::numeric);
        continue when way * s.last_value > way * highest;
        next_value := replication.next_share(highest + way, s.unit, s.node, s.modulus);
        if next_value not between s.seqmin and s.seqmax then
            raise exception 'sequence % has no number left for node %', s.relid, s.node
                using hint = format('It ends at %s and the next number of this node would be %s.'
                    ' Give the column and the sequence a wider type.', s.seqmax, next_value);
        end if;
        execute format('alter sequence %s restart with %s', s.relid, next_value);
    end loop;
end
$$;
comment on function replication.pass_number(text, text, numeric) is
    'lets the sequence of a column go on above a number';

-- Lets the sequence of a column go on above one of this node's own numbers that has arrived from a
-- neighbour, where it is not there yet. One that has no number left behind it stays where it is.
--
-- SECURITY DEFINER: an agent need not own the sequence. It reads the catalog alone.
create or replace function replication.follow_number(
    this_table regclass,
    this_column text,
    highest bigint
)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = ''
as $$
declare
    s record;
    way numeric;
    next_value numeric;
begin
    for s in
        select q.*
        from replication.sequence_state as q
        where q.table_relid = this_table
            and q.column_name = this_column
            and not q.cycles
    loop
        way := sign(s.unit::numeric);
        next_value := replication.next_share(highest + way, s.unit, s.node, s.modulus);
        continue when way * (highest - s.last_value) < case when s.is_drawn then 1 else 0 end
            or next_value not between s.seqmin and s.seqmax;
        execute format('alter sequence %s restart with %s', s.relid, next_value);
    end loop;
end
$$;
revoke execute on function replication.follow_number(regclass, text, bigint) from public;
comment on function replication.follow_number(regclass, text, bigint) is
    'lets the sequence of a column go on above a number of this node''s that has arrived';
