-- The values of columns that a filter keeps back: what is not shown, and what is taken away.

-- Refuses to have a table written with the rights of whoever installed, where code of others would run then.
create or replace function replication.refuse_code(this_table regclass)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    code regprocedure := replication.foreign_code(this_table);
begin
    if code is null then
        select p.oid into code
        from replication.tables_read(this_table) as r (relid)
            join pg_trigger as t on t.tgrelid = r.relid
                and t.tgenabled in ('A', 'R')
                and not t.tgisinternal
            join pg_proc as p on p.oid = t.tgfoid
        where not replication.is_trusted(p.proowner)
        union all
        select p.oid
        from replication.tables_read(this_table) as r (relid)
            join pg_attrdef as a on a.adrelid = r.relid
            join pg_depend as d on d.classid in ('pg_attrdef'::regclass, 'pg_class'::regclass)
                and d.objid in (a.oid, r.relid)
                and d.refclassid = 'pg_proc'::regclass
            join pg_proc as p on p.oid = d.refobjid
        where not replication.is_trusted(p.proowner)
        limit 1;
    end if;
    if code is not null then
        raise exception 'to write table % would call function %, which belongs to %, with the rights'
            ' of %', this_table, code,
            (select quote_ident(pg_get_userbyid(p.proowner)) from pg_proc as p where p.oid = code),
            quote_ident(current_user)
            using errcode = 'feature_not_supported',
                hint = format('Let a superuser own it (ALTER FUNCTION %s OWNER TO ...), or drop what'
                    ' calls it.', code);
    end if;
end
$$;

-- Those keys of a row in the history that have some names.
create or replace function replication.json_part(kept json, names text[])
    returns json
    language sql
    immutable
    set search_path = ''
return case
    when kept is not null then (
        select '{'
            || coalesce(string_agg(to_json(e.key) || ':' || e.value, ',' order by e.number), '')
            || '}'
        from json_each(kept) with ordinality as e (key, value, number)
        where e.key = any (names)
    )::json
end;

-- A row in the history of conflicts as a neighbour may see it: what its list of columns names. Of a table
-- that is not there any more nobody knows whether there was a list: it sees nothing.
create or replace function replication.shown_part(kept json, of_table text, for_neighbour int)
    returns json
    language sql
    stable
    set search_path = ''
return case
    when kept is null then null
    when exists (
        select
        from replication.filter as f
        where f.neighbour = for_neighbour
            and f.columns is not null
            and replication.full_name(f.relid) = of_table
    ) then replication.json_part(kept, (
        select replication.listed_columns(f.relid, f.columns)
        from replication.filter as f
        where f.neighbour = for_neighbour
            and replication.full_name(f.relid) = of_table
    ))
    when exists (
        select
        from replication.relation as r
        where replication.full_name(r.relid) = of_table
    ) then kept
    else '{}'
end;

-- Logs rows of the history that were written again, as what came through a neighbour.
create or replace function replication.log_history(conflicts uuid[], through int)
    returns void
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format(
        'insert into replication.log_%s (xid, changed_at, origin, via, action, k1)
        select pg_current_xact_id()::text::bigint, replication.now(), $1, $1, ''U'', c.id
        from unnest($2) as c (id)', (
            select r.id
            from replication.relation as r
            where r.relid = 'replication.conflict'::regclass
        ))
    using through, conflicts;
end
$$;

-- Takes the values of some columns away from the filtered side, in replica role: from its rows, and from
-- its history of conflicts. The home has them. Nodes behind this one hear of it. Returns how many rows.
create or replace function replication.clear_columns(relation_id int, home int, numbers int2[])
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    names text[];
    conflicts uuid[];
    defaults text;
    differs text;
    keys text;
    cleared bigint;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    perform replication.refuse_code(r.relid);
    select string_agg(format('%I = default', a.attname), ', '),
        string_agg(coalesce(
            format('record_image_ne(row(t.%I), row(', a.attname)
                || replication.own_default(r.relid, a.attnum) || '))',
            'true'), ' or ')
    into defaults, differs
    from pg_attribute as a
    where a.attrelid = r.relid
        and a.attnum = any (numbers);
    select string_agg('k' || k.number, ', ' order by k.number),
        array_agg(format('t.%I', k.name) order by k.number)
    into keys, names
    from replication.key_columns(r.relid) as k;
    execute format(
        'with cleared as (
            update %1$s as t
            set %2$s
            where %3$s
            returning %4$s
        )
        insert into replication.log_%5$s (xid, changed_at, origin, via, action, %6$s)
        select pg_current_xact_id()::text::bigint, replication.now(), $1, $1, ''U'', c.*
        from cleared as c',
        r.relid, defaults, differs, array_to_string(names, ', '), r.id, keys)
    using home;
    get diagnostics cleared = row_count;
    names := (
        select replication.listed_columns(f.relid, f.columns)
        from replication.filter as f
        where f.relid = r.relid
            and f.neighbour = home
    );
    with cut as (
        update replication.conflict as c
        set winner = replication.json_part(c.winner, names),
            loser = replication.json_part(c.loser, names),
            winner_texts = replication.json_part(c.winner_texts, names),
            loser_texts = replication.json_part(c.loser_texts, names)
        where c.tablename = replication.full_name(r.relid)
        returning c.id
    )
    select array_agg(c.id) into conflicts
    from cut as c;
    perform replication.log_history(conflicts, home);
    return cleared;
end
$$;
