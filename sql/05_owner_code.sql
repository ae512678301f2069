-- Reading the tables of users with the rights of whoever installed, so that nothing of theirs runs.
--
-- PostgreSQL evaluates calls of IMMUTABLE functions while it plans a query on a table, with the
-- rights of whoever asks: those in expressions and predicates of indexes, in expressions of extended
-- statistics, in partition keys and in CHECK constraints. Who owns such a function can replace its
-- body at any time. So before a table is read it is asked whether something of the kind stands in
-- its way (must_ask_owner). If so, a function that belongs to the owner of the table reads it
-- (ask_owner), as autovacuum reads it for ANALYZE: what is called then has the owner's rights.

-- The tables whose definitions matter when one is read: itself, its partitions or children, and
-- what it is a partition of.
create or replace function replication.tables_read(this_table oid)
    returns setof oid
    language sql
    stable
    set search_path = ''
begin atomic
    select h.relid
    from replication.heirs_of(this_table) as h (relid)
    union
    select a.relid
    from pg_partition_ancestors(this_table::regclass) as a (relid);
end;

-- Whether a role can do nothing with the rights of the present one that it could not do anyway.
create or replace function replication.is_trusted(role oid)
    returns boolean
    language sql
    stable
    set search_path = ''
return exists (
    select
    from pg_roles as r
    where r.oid = role
        and (r.rolsuper or r.rolname = current_user)
);

-- A function that PostgreSQL might call while it plans a query on a table, and whose owner could
-- so do what the present user can; null where there is none. Of what PostgreSQL itself has, pg_depend
-- has no rows. Functions in C are code that superusers chose: those of range types, say. The CHECK
-- of a domain is not evaluated then.
create or replace function replication.foreign_code(this_table oid)
    returns regprocedure
    language sql
    stable
    set search_path = ''
begin atomic
    with definition (class, id) as (
        select 'pg_class'::regclass, r.relid
        from replication.tables_read(this_table) as r (relid)
        union all
        select 'pg_class'::regclass, i.indexrelid
        from replication.tables_read(this_table) as r (relid)
            join pg_index as i on i.indrelid = r.relid
        union all
        select 'pg_statistic_ext'::regclass, s.oid
        from replication.tables_read(this_table) as r (relid)
            join pg_statistic_ext as s on s.stxrelid = r.relid
        union all
        select 'pg_constraint'::regclass, c.oid
        from replication.tables_read(this_table) as r (relid)
            join pg_constraint as c on c.conrelid = r.relid
                and c.contype = 'c'
    )
    select f.oid::regprocedure
    from definition as d
        join pg_depend as p on p.classid = d.class
            and p.objid = d.id
            and p.objsubid = 0
            and p.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
        left join pg_operator as o on p.refclassid = 'pg_operator'::regclass
            and o.oid = p.refobjid
        join pg_proc as f on f.oid = coalesce(o.oprcode::oid, p.refobjid)
        join pg_language as l on l.oid = f.prolang
    where l.lanname not in ('internal', 'c')
        and not replication.is_trusted(f.proowner)
    order by f.oid
    limit 1;
end;

-- Whether the owner of a table has to read it, lest a function of another's be called with the
-- rights of whoever installed. A role that has none but its own, such as an agent, need not ask.
--
-- Where its owners could, nobody must put an index on the table between this and the reading: it is
-- locked. A snapshot that was taken before would not show what they have done since.
create or replace function replication.must_ask_owner(this_table oid)
    returns boolean
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select
        from pg_roles as r
        where r.rolname = current_user
            and (r.rolsuper or r.oid = (
                select n.nspowner
                from pg_namespace as n
                where n.nspname = 'replication'
            ))
    ) then
        return false;
    end if;
    if exists (
        select
        from replication.tables_read(this_table) as t (relid)
            join pg_class as c on c.oid = t.relid
        where not replication.is_trusted(c.relowner)
    ) then
        if current_setting('transaction_isolation') <> 'read committed' then
            return true;
        end if;
        execute format('lock table %s in share update exclusive mode', this_table::regclass);
    end if;
    return replication.foreign_code(this_table) is not null;
end
$$;

-- The role that reads a table instead of the present one: the owner of it and of all its partitions
-- or children. Refuses where that is nobody, or somebody whose rights the functions must not get.
create or replace function replication.reading_owner(this_table oid)
    returns name
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    reader name;
    code regprocedure := replication.foreign_code(this_table);
begin
    select min(pg_get_userbyid(c.relowner)) into reader
    from replication.tables_read(this_table) as t (relid)
        join pg_class as c on c.oid = t.relid
    having count(distinct c.relowner) = 1
        and not bool_or(replication.is_trusted(c.relowner));
    if reader is not null then
        return reader;
    elsif code is null then
        raise exception 'table % has partitions or children of other owners, and may be read in'
            ' READ COMMITTED transactions only', this_table::regclass
            using errcode = 'insufficient_privilege',
                hint = 'Begin the transaction with ISOLATION LEVEL READ COMMITTED.';
    end if;
    raise exception 'to read table % would call function %, which belongs to %, with the rights of %',
        this_table::regclass, code,
        (select quote_ident(pg_get_userbyid(p.proowner)) from pg_proc as p where p.oid = code),
        quote_ident(current_user)
        using errcode = 'insufficient_privilege',
            hint = format('An index, a CHECK constraint, extended statistics or the partition key of'
                ' the table calls it. Let a superuser own it (ALTER FUNCTION %s OWNER TO ...), let one'
                ' role own the table and all its partitions, or drop what calls it.', code);
end
$$;

-- What the owner of a table sees of it: the rows of a query, whose type is row_type, as the text of
-- an array. What his functions do meanwhile is undone: the settings of the session, above all.
create or replace function replication.ask_owner(this_table oid, query text, row_type text)
    returns text
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
    set DateStyle = 'ISO, MDY'
    set IntervalStyle = 'postgres'
    set extra_float_digits = 3
as $$
declare
    -- Not one that is there already.
    reader text := 'replication_' || replace(gen_random_uuid()::text, '-', '');
    owner name := replication.reading_owner(this_table);
    answer text;
    is_answered boolean := false;
begin
    perform replication.refuse_inner_types(this_table, row_type::regtype);
    begin
        execute format('create function pg_temp.%I() returns setof %s language plpgsql volatile'
            ' security definer set search_path = pg_catalog, pg_temp set row_security = off as %L',
            reader, row_type, format('begin return query %s; end', query));
        execute format('alter function pg_temp.%I() owner to %I', reader, owner);
        execute format('select array_agg(a)::text from pg_temp.%I() as a', reader)
        into answer;
        is_answered := true;
        raise exception using errcode = 'TR001';
    exception
        when sqlstate 'TR001' then
            if not is_answered then
                raise exception 'table % could not be read', this_table::regclass;
            end if;
    end;
    return coalesce(answer, '{}');
end
$$;

-- The keys of the rows of a replicated table, or of one of its partitions, as its owner sees them:
-- the text of an array of entries of its log that have nothing but a key.
create or replace function replication.ask_keys(
    relation_id int,
    part oid,
    condition text default 'true'
)
    returns text
    language sql
    volatile
    set search_path = ''
begin atomic
    select replication.ask_owner(part,
        format('select %s from %s %s as t where %s',
            string_agg(
                case
                    when k.name is null then format('null::%s', l.type)
                    when k.is_domain then format('t.%I::%s', k.name, l.type)
                    else format('t.%I', k.name)
                end, ', ' order by l.attnum),
            case r.kind when 'i' then 'only' else '' end,
            part::regclass,
            condition),
        'replication.log_' || r.id)
    from replication.relation as r
        cross join lateral (
            select a.attname, a.attnum, format_type(a.atttypid, a.atttypmod) as type
            from pg_attribute as a
            where a.attrelid = format('replication.log_%s', r.id)::regclass
                and a.attnum > 0
                and not a.attisdropped
        ) as l
        left join lateral (
            select n.name, t.typtype = 'd' as is_domain
            from unnest(r.key) with ordinality as n (name, number)
                left join pg_attribute as a on a.attrelid = part
                    and a.attname = n.name
                left join pg_type as t on t.oid = a.atttypid
            where l.attname = 'k' || n.number
        ) as k on true
    where r.id = relation_id
    group by r.id, r.kind, r.relid;
end;

-- Logs such keys. Returns how many.
create or replace function replication.log_keys(
    relation_id int,
    action "char",
    keys text,
    changed_at timestamptz default replication.now()
)
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    names text := (
        select string_agg('k' || n, ', ' order by n)
        from replication.relation as r
            cross join generate_subscripts(r.key, 1) as n
        where r.id = relation_id
    );
    logged bigint;
begin
    execute format(
        'insert into replication.log_%1$s (xid, changed_at, origin, action, %2$s)
        select pg_current_xact_id()::text::bigint, $2, s.number, $3, %2$s
        from replication.self as s
            cross join unnest($1::replication.log_%1$s[]) as k', relation_id, names)
    using keys, changed_at, action;
    get diagnostics logged = row_count;
    return logged;
end
$$;
