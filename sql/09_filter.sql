-- Filters: what a neighbour gets of a table. The home of a filter has the whole table; the neighbour, the
-- filtered side, the rows that meet a condition, and of them the columns that are listed, or with
-- `is_excluded` what it has itself. Each side keeps its half: the home chooses what it sends, the filtered
-- side refuses changes of all else.

--   id           the same on both sides: by it a sync knows that both halves belong together
--   is_home      this node is the side that has the whole table
--   template     the condition, with each column as the token, its number and a semicolon, so that a renamed
--                column is no matter; null: all rows do, or with is_excluded none
--   columns      the numbers of the columns that cross the edge; null: all do. Of an excluded table: those
--                that did before
create table if not exists replication.filter (
    neighbour int not null,
    relid regclass not null,
    id uuid not null,
    is_home boolean not null,
    is_excluded boolean not null,
    token text,
    template text,
    primary key (neighbour, relid)
);
alter table replication.filter
    add column if not exists columns int2[],
    drop constraint if exists filter_check,
    add constraint filter_check check (
        (token is null) = (template is null)
        and case when is_excluded then template is null else num_nonnulls(template, columns) > 0 end
    );

-- Conditions become part of functions that run in the users' sessions, so only the schema's owner may write
-- them: agents may write all tables of the schema.
create or replace function replication.guard_filter()
    returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not pg_has_role(current_user, (
        select n.nspowner
        from pg_namespace as n
        where n.nspname = 'replication'
    ), 'member') then
        raise exception 'a filter can be set by the owner of the schema replication alone'
            using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create or replace trigger guard_filter
    before insert or update on replication.filter
    for each row execute function replication.guard_filter();
alter table replication.filter enable always trigger guard_filter;

-- The condition of a filter with the names that the columns have now, each behind `alias` and a dot, or
-- alone. Null where a column of it is not there any more, and where there is none.
create or replace function replication.filter_condition(
    this_table oid,
    token text,
    template text,
    alias text default null
)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    pieces text[] := string_to_array(template, token);
    result text := pieces[1];
    number int;
    name text;
begin
    for i in 2 .. coalesce(cardinality(pieces), 0) loop
        number := split_part(pieces[i], ';', 1);
        select a.attname into name
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum = number
            and not a.attisdropped;
        result := result || coalesce(alias || '.', '') || quote_ident(name)
            || substr(pieces[i], strpos(pieces[i], ';') + 1);
    end loop;
    return result;
end
$$;
comment on function replication.filter_condition(oid, text, text, text) is
    'the condition of a filter as SQL, with the names that the columns have now';

-- Reads a condition as a person wrote it, for a table; an error where it is none that always has the same
-- answer for the same row. It may call nothing but PostgreSQL's own: a sync evaluates it with the agent's
-- rights.
create or replace function replication.read_filter(
    this_table regclass,
    condition text,
    out token text,
    out template text
)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    names text := 'trompe_' || replace(gen_random_uuid()::text, '-', '');
    probe regclass;
    found_text text;
    pieces text[];
    name text;
    number int;
begin
    token := 'f_' || replace(gen_random_uuid()::text, '-', '');
    -- As a CHECK, for what may not stand in one: subqueries, aggregates, and the like.
    execute format('create temporary table %I (like %s, constraint %I check (%s))', names, this_table,
        names, condition);
    probe := format('pg_temp.%I', names)::regclass;
    if (select count(*) from pg_constraint as c where c.conrelid = probe and c.contype = 'c') <> 1
        or exists (
            select
            from pg_constraint as c
                join pg_depend as d on d.classid = 'pg_constraint'::regclass
                    and d.objid = c.oid
                left join pg_type as t on d.refclassid = 'pg_type'::regclass
                    and t.oid = d.refobjid
            where c.conrelid = probe
                and c.conname = names
                and d.refclassid <> 'pg_class'::regclass
                and t.typtype is distinct from 'e'
        )
    then
        raise exception 'a filter can only use functions, operators and types of PostgreSQL itself, and'
            ' enums: %', condition
            using errcode = 'feature_not_supported';
    end if;
    -- As the predicate of an index, which must be immutable.
    execute format('create index on %s ((1)) where %s', probe, condition);
    -- As a column of a view over two tables: there each column is shown with its table.
    execute format('create temporary view %I as select (%s) as %I from only %s as %I, (select) as %I',
        names || '_v', condition, token, this_table, token, names);
    found_text := pg_get_viewdef(format('pg_temp.%I', names || '_v')::regclass);
    execute format('drop view pg_temp.%I', names || '_v');
    execute format('drop table pg_temp.%I', names);
    found_text := substr(found_text, 1, strpos(found_text, ' AS ' || token) - 1);
    pieces := string_to_array(regexp_replace(found_text, '^\s*SELECT\s', ''), token || '.');
    template := pieces[1];
    for i in 2 .. cardinality(pieces) loop
        name := substring(pieces[i] from '^(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)');
        select a.attnum into number
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum > 0
            and quote_ident(a.attname) = name;
        if number is null then
            raise exception 'a filter can only use the columns of the table: %', condition
                using errcode = 'feature_not_supported';
        end if;
        template := template || token || number || ';' || substr(pieces[i], length(name) + 1);
    end loop;
    template := btrim(template);
    if cardinality(pieces) < 2 or strpos(template, token || ' ') > 0 then
        raise exception 'a filter must be a condition on columns of the table: %', condition
            using errcode = 'feature_not_supported';
    end if;
end
$$;
comment on function replication.read_filter(regclass, text) is
    'reads the condition of a filter, which may only use the table''s columns and what is PostgreSQL''s own';

-- Whether a filter keeps a table back altogether, on either side.
create or replace function replication.is_excluded(relation_id int, from_neighbour int)
    returns boolean
    language sql
    stable
    set search_path = ''
begin atomic
    select exists (
        select
        from replication.filter as f
            join replication.relation as r on r.relid = f.relid
        where r.id = relation_id
            and f.neighbour = from_neighbour
            and f.is_excluded
    );
end;
comment on function replication.is_excluded(int, int) is
    'whether a table does not cross the edge to a neighbour';

-- The columns of a list that are still there, by the names that they have now; null where there is no list.
create or replace function replication.listed_columns(this_table oid, listed int2[])
    returns text[]
    language sql
    stable
    set search_path = ''
return case
    when listed is not null then array(
        select a.attname::text
        from pg_attribute as a
        where a.attrelid = this_table
            and a.attnum = any (listed)
            and not a.attisdropped
        order by a.attnum
    )
end;

-- The numbers of the columns whose values a list keeps back: whatever it does not name, also what the table
-- has got since. Computed columns are none, as each side computes them.
create or replace function replication.hidden_columns(this_table oid, listed int2[])
    returns int2[]
    language sql
    stable
    set search_path = ''
return array(
    select a.attnum
    from pg_attribute as a
    where a.attrelid = this_table
        and a.attnum > 0
        and a.attnum <> all (listed)
        and a.attgenerated = ''
        and not a.attisdropped
    order by a.attnum
);

-- The filters of this node, for people.
create or replace view replication.filters as
select
    f.neighbour,
    replication.full_name(f.relid) as tablename,
    f.is_home,
    f.is_excluded,
    replication.filter_condition(f.relid, f.token, f.template) as condition,
    f.id,
    case when not f.is_excluded then replication.listed_columns(f.relid, f.columns) end as columns,
    f.template is not null
        and replication.filter_condition(f.relid, f.token, f.template) is null as is_broken
from replication.filter as f
    join pg_class as c on c.oid = f.relid
order by f.neighbour, replication.full_name(f.relid);
comment on view replication.filters is
    'what neighbours get of a table (is_home), or this node does, where it is not all';
