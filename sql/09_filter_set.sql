-- Setting, changing and removing a filter.

-- Logs the rows `t` of a table that meet a condition for a neighbour alone. Rows that `arrive` there have
-- their own version. Others are changed by nobody, at the beginning of time: what the neighbour has changed
-- in one and not sent yet wins against that, and comes home. Returns how many.
create or replace function replication.log_for(
    relation_id int,
    for_neighbour int,
    condition text,
    arrives boolean
)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    logged bigint;
    log_keys text;
    row_keys text;
    same text;
    asked text;
    found text;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    select string_agg('k' || k.number, ', ' order by k.number),
        string_agg(format('t.%I as k%s', k.name, k.number), ', ' order by k.number),
        string_agg(format('f.k%1$s %2$s n.k%1$s', k.number, k.equals), ' and ')
    into log_keys, row_keys, same
    from replication.key_columns(r.relid) as k;
    if replication.must_ask_owner(r.relid) then
        asked := replication.ask_keys(r.id, r.relid, condition);
        found := format('select %s from unnest($1::replication.log_%s[]) as t', log_keys, r.id);
    else
        found := format('select %s from %s %s as t where %s', row_keys,
            case r.kind when 'i' then 'only' else '' end, r.relid, condition);
    end if;
    execute format(
        'with found as materialized (
            %1$s
        ), newest as (
            select distinct on (%2$s) %2$s, changed_at, origin
            from replication.log_%3$s
            where $2
            order by %2$s, changed_at desc, origin desc
        )
        insert into replication.log_%3$s (xid, changed_at, origin, via, action, %2$s)
        select pg_current_xact_id()::text::bigint,
            coalesce(n.changed_at, ''-infinity''),
            case when $2 then coalesce(nullif(n.origin, 0), s.number) else 0 end,
            %4$s, case when $2 then ''U'' else ''D'' end::"char",
            %5$s
        from found as f
            cross join replication.self as s
            left join newest as n on %6$s',
        found, log_keys, r.id, -for_neighbour,
        (select string_agg('f.k' || k, ', ' order by k) from generate_subscripts(r.key, 1) as k),
        same)
    using asked, arrives;
    get diagnostics logged = row_count;
    return logged;
end
$$;

-- Sets this node's half of a filter, changes it, or with neither a condition, nor `excludes`, nor columns
-- removes it. `at_home`: this node has the whole table. Rows that come or leave by that are logged; values of
-- columns are not moved (see Edge.setFilter). Returns how many rows.
drop function if exists replication.set_filter(int, regclass, boolean, uuid, text, boolean);
create or replace function replication.set_filter(
    for_neighbour int,
    this_table regclass,
    at_home boolean,
    filter_id uuid,
    condition text default null,
    excludes boolean default false,
    columns text[] default null
)
    returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    r replication.relation;
    n replication.neighbour;
    old replication.filter;
    new replication.filter;
    was text;
    was_known boolean;
    becomes text;
    logged bigint := 0;
begin
    select * into r
    from replication.relation
    where relid = this_table;
    select * into n
    from replication.neighbour
    where number = for_neighbour
    for update;
    if r.id is null or n.number is null or n.is_clone then
        raise exception 'there is no replicated table %, or no neighbour %', this_table, for_neighbour
            using errcode = 'undefined_object';
    end if;
    if not at_home and exists (
        select
        from replication.filter as f
        where f.relid = this_table
            and f.neighbour <> for_neighbour
            and not f.is_home
            and not f.is_excluded
    ) then
        raise exception 'table % is filtered by another neighbour of this node already', this_table
            using errcode = 'object_not_in_prerequisite_state';
    end if;
    select * into old
    from replication.filter
    where neighbour = for_neighbour
        and relid = this_table;
    if old.id is not null and old.is_home <> at_home then
        raise exception 'the filter for table % was set in the other direction', this_table
            using errcode = 'object_not_in_prerequisite_state',
                hint = 'Remove it first.';
    end if;
    delete from replication.filter
    where neighbour = for_neighbour
        and relid = this_table;
    if excludes then
        new.columns := old.columns;
    elsif condition is not null then
        select f.token, f.template into new.token, new.template
        from replication.read_filter(this_table, condition) as f;
    end if;
    if columns is not null and not excludes then
        new.columns := replication.read_columns(this_table, columns, new.token, new.template);
    end if;
    if old.is_excluded and not replication.hidden_columns(this_table, new.columns)
        @> replication.hidden_columns(this_table, old.columns)
    then
        raise exception 'before it was excluded, table % had a list of columns', this_table
            using errcode = 'object_not_in_prerequisite_state',
                hint = format('Set that one again, sync, and then name more: --columns %s', array_to_string(
                    replication.listed_columns(this_table, old.columns), ','));
    end if;
    if condition is not null or excludes or columns is not null then
        insert into replication.filter (neighbour, relid, id, is_home, is_excluded, token, template, columns)
        values (for_neighbour, this_table, filter_id, at_home, excludes, new.token, new.template,
            new.columns);
    end if;
    perform replication.make_refusals(r.id);
    -- What is staged was chosen by the old filter.
    perform replication.drop_staging(for_neighbour);
    if excludes then
        delete from replication.quarantine
        where neighbour = for_neighbour
            and relation = r.id;
    elsif n.received is null and n.acknowledged is null and n.way_back is null then
        -- The first direction sends what is to be sent.
        null;
    elsif not at_home then
        -- The home hears of all rows after a time in which neither heard of the other's.
        if old.is_excluded then
            logged := replication.log_for(r.id, for_neighbour, 'true', false);
        end if;
    else
        -- What the other side has nobody knows after such a time, and where a column of the old condition
        -- is gone.
        was := replication.filter_condition(r.relid, old.token, old.template, 't');
        was_known := old.id is null or was is not null or not old.is_excluded and old.template is null;
        was := format('(%s) is true', coalesce(was, 'true'));
        becomes := format('(%s) is true', coalesce(
            replication.filter_condition(r.relid, new.token, new.template, 't'), 'true'));
        begin
            logged := replication.log_for(r.id, for_neighbour,
                    becomes || case when was_known then ' and not ' || was else '' end, true)
                + replication.log_for(r.id, for_neighbour,
                    'not ' || becomes || case when was_known then ' and ' || was else '' end, false);
        exception when data_exception then
            -- Of some row the old condition could not be told, which is why there is to be another one.
            logged := replication.log_for(r.id, for_neighbour, becomes, true)
                + replication.log_for(r.id, for_neighbour, 'not ' || becomes, false);
        end;
    end if;
    return logged;
end
$$;
comment on function replication.set_filter(int, regclass, boolean, uuid, text, boolean, text[]) is
    'sets, changes or removes one side''s half of a filter: see trompe filter';

-- Removes the filters of neighbours that are none any more.
create or replace function replication.forget_filters(neighbours int[])
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
begin
    for r in
        with gone as (
            delete from replication.filter
            where neighbour = any (neighbours)
            returning relid
        )
        select distinct l.id
        from gone as g
            join replication.relation as l on l.relid = g.relid
    loop
        perform replication.make_refusals(r.id);
    end loop;
end
$$;
