-- Lists of columns in filters: which ones can be kept back, and how their values are taken away.

-- What a column is where nobody gives it a value, as an expression of its type; null where that is another
-- value each time, as the next number of a sequence is.
create or replace function replication.own_default(this_table oid, number int2)
    returns text
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
            when a.attidentity <> ''
                or a.attgenerated <> ''
                or d.oid is null and t.typdefault is not null
                or d.adbin::text like '%NEXTVALEXPR%'
                or exists (
                    select
                    from regexp_matches(d.adbin::text, ':(?:op)?funcid (\d+)', 'g') as m (found)
                        join pg_proc as p on p.oid = m.found[1]::oid
                    where p.provolatile = 'v'
                )
                then null
            else format('(%s)::%s', coalesce(pg_get_expr(d.adbin, d.adrelid), 'null'),
                format_type(a.atttypid, a.atttypmod))
        end
    from pg_attribute as a
        join pg_type as t on t.oid = a.atttypid
        left join pg_attrdef as d on d.adrelid = a.attrelid
            and d.adnum = a.attnum
    where a.attrelid = this_table
        and a.attnum = number
$$;

-- The numbers of the columns of a table that an index, a constraint or a computed column goes by.
create or replace function replication.columns_used(
    this_table oid,
    class oid,
    object oid,
    number int default 0
)
    returns int2[]
    language sql
    stable
    set search_path = ''
return array(
    select distinct d.refobjsubid::int2
    from pg_depend as d
    where d.classid = class
        and d.objid = object
        and d.objsubid = number
        and d.refclassid = 'pg_class'::regclass
        and d.refobjid = this_table
        and d.refobjsubid > 0
);

-- Why some columns of a table cannot be kept back: a line for each reason.
create or replace function replication.not_hideable(this_table regclass, hidden int2[])
    returns table (problem text, hint text)
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    select format('column %I is NOT NULL and has no default', a.attname),
        'The neighbour could have no row without it: name it in the list, or give it a default.'
    from pg_attribute as a
        join pg_type as t on t.oid = a.atttypid
    where a.attrelid = this_table
        and a.attnum = any (hidden)
        and (a.attnotnull or t.typnotnull)
        and not a.atthasdef
        and a.attidentity = ''
        and t.typdefault is null
    union all
    select format('column %I is GENERATED ALWAYS AS IDENTITY', a.attname), 'Name it in the list.'
    from pg_attribute as a
    where a.attrelid = this_table
        and a.attnum = any (hidden)
        and a.attidentity = 'a'
    union all
    select format('column %I holds large objects', o.name),
        'Name it in the list, or keep the objects in a table of their own, and exclude that.'
    from replication.object_columns(this_table) as o
    where o.number = any (hidden)
    union all
    select format('table %s refers to column %I', f.conrelid::regclass, a.attname),
        'Its rows would have no parents: name it in the list.'
    from pg_constraint as f
        join pg_attribute as a on a.attrelid = f.confrelid
            and a.attnum = any (f.confkey)
    where f.contype = 'f'
        and f.confrelid = this_table
        and a.attnum = any (hidden)
    union all
    select format('all rows would have one value in the unique index %s', i.indexrelid::regclass),
        'Name its columns in the list.'
    from pg_index as i
        left join pg_constraint as c on c.conindid = i.indexrelid
            and c.conrelid = i.indrelid
            and c.contype in ('p', 'u', 'x')
    where i.indrelid = this_table
        and (i.indisunique or i.indisexclusion)
        and hidden && (
            i.indkey::int2[]
            || replication.columns_used(this_table, 'pg_class'::regclass, i.indexrelid)
            || replication.columns_used(this_table, 'pg_constraint'::regclass, c.oid)
        )
        and (
            i.indnullsnotdistinct
            or num_nonnulls(i.indexprs, i.indpred) > 0
            or exists (
                select
                from pg_attribute as a
                where a.attrelid = this_table
                    and a.attnum = any (hidden)
                    and a.attnum = any (i.indkey::int2[])
                    and a.atthasdef
                    and replication.own_default(this_table, a.attnum) is not null
            )
        )
$$;

-- The first CHECK constraint of a table that forbids what its rows would be without some columns; null where
-- there is none. Only those of PostgreSQL's own functions can be tried: others might run anything.
create or replace function replication.forbidding_check(this_table regclass, hidden int2[])
    returns name
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    c record;
    forbids boolean;
    own_columns text := (
        select string_agg(
            case
                when a.attnum = any (hidden) then format('%s as %I', coalesce(
                        replication.own_default(this_table, a.attnum),
                        't.' || quote_ident(a.attname)),
                    a.attname)
                else format('t.%I', a.attname)
            end, ', ')
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum > 0
            and not a.attisdropped
    );
begin
    for c in
        select o.conname, pg_get_expr(o.conbin, o.conrelid) as condition,
            o.conkey <@ hidden as is_alone,
            exists (
                select
                from pg_depend as d
                where d.classid = 'pg_constraint'::regclass
                    and d.objid = o.oid
                    and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
            ) as calls
        from pg_constraint as o
        where o.conrelid = this_table
            and o.contype = 'c'
            and o.conkey && hidden
        order by o.conname
    loop
        if c.calls then
            return c.conname;
        elsif c.is_alone then
            execute format('select (%s) is false'
                ' from (select %s from (select) as n left join %s as t on false) as r', c.condition, own_columns, this_table)
            into forbids;
        elsif replication.must_ask_owner(this_table) then
            forbids := false;
        else
            execute format('select exists (select from (select %s from %s as t) as r'
                ' where (%s) is false)',
                own_columns, this_table, c.condition)
            into forbids;
        end if;
        if forbids then
            return c.conname;
        end if;
    end loop;
    return null;
end
$$;

-- Reads a list of columns as a person wrote it, for a table and the condition of its filter; an error where
-- the other columns cannot be kept back.
create or replace function replication.read_columns(
    this_table regclass,
    names text[],
    token text,
    template text
)
    returns int2[]
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    listed int2[] := array(
        select a.attnum
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum > 0
            and not a.attisdropped
            and a.attname = any (names)
        order by a.attnum
    );
    hidden int2[] := replication.hidden_columns(this_table, listed);
    found record;
begin
    select string_agg(quote_ident(n.name), ', ') as names into found
    from unnest(names) as n (name)
    where not exists (
        select
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum = any (listed)
            and a.attname = n.name
    );
    if found.names is not null then
        raise exception 'there is no column %', found.names
            using errcode = 'undefined_column';
    end if;
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) as names into found
    from pg_attribute as a
    where a.attrelid = this_table
        and a.attnum <> all (listed)
        and a.attnum = any (
            replication.key_numbers(this_table) || array(
                select m.found[1]::int2
                from regexp_matches(template, token || '(\d+);', 'g') as m (found)
            )
        );
    if found.names is not null then
        raise exception 'the key, and what the condition is about, must be in the list: %', found.names
            using errcode = 'feature_not_supported',
                hint = 'Name them, too.';
    end if;
    select a.attname as name, string_agg(quote_ident(b.attname), ', ' order by b.attnum) as names
    into found
    from pg_attribute as a
        left join pg_attrdef as d on d.adrelid = a.attrelid
            and d.adnum = a.attnum
        join pg_attribute as b on b.attrelid = a.attrelid
            and b.attnum = any (hidden)
            and b.attnum = any (
                replication.columns_used(this_table, 'pg_class'::regclass, this_table, a.attnum)
                || replication.columns_used(this_table, 'pg_attrdef'::regclass, d.oid)
            )
    where a.attrelid = this_table
        and a.attnum = any (listed)
        and a.attgenerated <> ''
    group by a.attname
    limit 1;
    if found.name is not null then
        raise exception 'column % is computed from %', quote_ident(found.name), found.names
            using errcode = 'feature_not_supported',
                hint = 'Name that in the list, too, or neither.';
    end if;
    select * into found
    from replication.not_hideable(this_table, hidden)
    limit 1;
    if found.problem is not null then
        raise exception '%', found.problem
            using errcode = 'feature_not_supported',
                hint = found.hint;
    end if;
    select replication.forbidding_check(this_table, hidden) as name into found;
    if found.name is not null then
        raise exception 'constraint % may forbid rows without the other columns',
            quote_ident(found.name)
            using errcode = 'feature_not_supported',
                hint = 'Name the columns that it is about, or drop it.';
    end if;
    return listed;
end
$$;
comment on function replication.read_columns(regclass, text[], text, text) is
    'reads the list of columns of a filter, whose others must do without a value';
