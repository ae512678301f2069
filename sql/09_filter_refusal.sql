-- What refuses changes outside a filter, on the filtered side.

-- The triggers that refuse changes outside a filter, on the filtered side: on the table and each of its
-- partitions. Old-style inheritance has row triggers, as its capture has.
create or replace view replication.wanted_refusal as
select
    r.id as relation,
    p.relid,
    'trompe_outside_' || w.operation as name,
    'outside_' || r.id as function,
    case w.operation
        when 'columns' then format('before update on %s for each row', p.relid)
        else format('after %s on %s %s', w.operation, p.relid,
            case r.kind
                when 'i' then 'for each row'
                else 'referencing new table as new_rows for each statement'
            end)
    end as clause
from replication.filter as f
    join replication.relation as r on r.relid = f.relid
    cross join lateral replication.parts_of(r.relid) as p
    join pg_class as c on c.oid = p.relid
    cross join unnest(array['insert', 'update', 'columns']) as w (operation)
where not f.is_home
    and not f.is_excluded
    and case w.operation
        when 'insert' then true
        when 'update' then f.template is not null
        else f.columns is not null and c.relkind <> 'p'
    end;
comment on view replication.wanted_refusal is
    'the triggers that must refuse changes outside a filter';

-- What refuses values in columns that a filter keeps back: that of an UPDATE, and that of an INSERT, as far
-- as it can be told which value the column would have had by itself. And what refuses another key: at home
-- that would be another row, which had nothing of what this node does not see.
create or replace function replication.columns_refusal(f replication.filter, operation text)
    returns text
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    select format(
        case operation
            when 'insert' then '
    if tg_op = ''INSERT'' and exists (
        select from new_rows as %3$s where record_image_ne(row(%1$s), row(%2$s))
    ) then'
            else '
        if record_image_ne(row(%s), row(%s)) then'
        end || '
            raise exception ''table %%: %7$s would be outside the filter of this node, which gets''
                '' nothing of %%'', %4$L, %5$L
                using errcode = ''check_violation'',
                    hint = %6$L;
        end if;',
        h.here, h.wanted, coalesce(f.token, 'r'), replication.full_name(f.relid), n.names,
        format('They can be written on node %s, which has all columns, or the filter be changed there.',
            f.neighbour),
        case operation when 'key' then 'another key' else 'a value' end)
    from (
        select string_agg(case operation when 'insert' then coalesce(f.token, 'r') else 'old' end
                || format('.%I', a.attname), ', ' order by a.attnum) as here,
            string_agg(
                case operation when 'insert' then d.value else format('new.%I', a.attname) end,
                ', ' order by a.attnum) as wanted
        from pg_attribute as a
            cross join lateral (
                select replication.own_default(f.relid, a.attnum) as value
                offset 0
            ) as d
        where a.attrelid = f.relid
            and a.attnum = any (case operation
                when 'key' then replication.key_numbers(f.relid)
                else replication.hidden_columns(f.relid, f.columns)
            end)
            and a.attgenerated = ''
            and (operation <> 'insert' or d.value is not null)
    ) as h
        cross join (
            select string_agg(quote_ident(a.attname), ', ' order by a.attnum) as names
            from pg_attribute as a
            where a.attrelid = f.relid
                and a.attnum = any (replication.hidden_columns(f.relid, f.columns))
        ) as n
    where h.here is not null
        and n.names is not null
$$;

-- The body of the function that they call; null where the condition names a column that is gone.
create or replace function replication.refusal_body(relation_id int)
    returns text
    language sql
    stable
    set search_path = pg_catalog, pg_temp
as $$
    select format(
        'begin
    if tg_when = ''BEFORE'' then%s
        return new;
    end if;%s%s
    return null;
end',
        replication.columns_refusal(f, 'update') || replication.columns_refusal(f, 'key'),
        case when f.template is not null then format('
    if exists (select from %s as %s where (%s) is not true) then
        raise exception ''table %%: a row would be outside the filter of this node, %%'', %L, %L
            using errcode = ''check_violation'',
                hint = %L;
    end if;',
            case r.kind when 'i' then '(select new.*)' else 'new_rows' end,
            f.token,
            replication.filter_condition(r.relid, f.token, f.template, f.token),
            replication.full_name(r.relid),
            replication.filter_condition(r.relid, f.token, f.template),
            format('Such rows can be written on node %s, which has the whole table, or the filter be'
                ' changed there.', f.neighbour))
        end,
        replication.columns_refusal(f, 'insert'))
    from replication.filter as f
        join replication.relation as r on r.relid = f.relid
    where r.id = relation_id
        and not f.is_home
        and not f.is_excluded
        and (
            f.template is null
            or replication.filter_condition(r.relid, f.token, f.template) is not null
        )
$$;

-- Those that are missing, disabled, or call something else.
create or replace view replication.wrong_refusal as
select
    w.relation,
    w.relid,
    w.name
from replication.wanted_refusal as w
    left join pg_trigger as t on t.tgrelid = w.relid and t.tgname = w.name
    left join pg_proc as p on p.oid = t.tgfoid
        and p.pronamespace = 'replication'::regnamespace
        and p.proname = w.function
    cross join lateral (
        select replication.refusal_body(w.relation) as body
        offset 0
    ) as b
where case
        when b.body is null then p.oid is not null
        else t.oid is null
            or t.tgenabled <> 'O'
            or (t.tgtype & 1 = 1) <> (w.clause like '%for each row')
            or p.prosrc is distinct from b.body
    end;
comment on view replication.wrong_refusal is
    'the triggers against changes outside a filter that are missing, disabled, or call something else';

-- Makes what refuses changes outside the filter of a table, or removes it where there is no filter.
create or replace function replication.make_refusals(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    t record;
    body text := replication.refusal_body(relation_id);
begin
    if body is not null then
        execute format('create or replace function replication.%I() returns trigger language plpgsql'
            ' set search_path = pg_catalog, pg_temp as %L', 'outside_' || relation_id, body);
        execute format('revoke execute on function replication.%I() from public',
            'outside_' || relation_id);
    end if;
    for t in
        select tg.tgname as name, tg.tgrelid::regclass as relid
        from pg_trigger as tg
            join pg_proc as p on p.oid = tg.tgfoid
        where p.pronamespace = 'replication'::regnamespace
            and p.proname = 'outside_' || relation_id
            and not tg.tgisinternal
            and (
                body is null
                or not exists (
                    select
                    from replication.wanted_refusal as w
                    where w.relid = tg.tgrelid
                        and w.name = tg.tgname
                )
            )
        union
        select w.name, w.relid
        from replication.wrong_refusal as w
            join pg_trigger as tg on tg.tgrelid = w.relid and tg.tgname = w.name
        where w.relation = relation_id
    loop
        execute format('drop trigger %I on %s', t.name, t.relid);
    end loop;
    if body is null then
        if to_regprocedure(format('replication.%I()', 'outside_' || relation_id)) is not null then
            execute format('drop function replication.%I()', 'outside_' || relation_id);
        end if;
        return;
    end if;
    for t in
        select w.name, w.relid, w.clause, w.function
        from replication.wanted_refusal as w
            join replication.wrong_refusal as x using (relation, relid, name)
        where w.relation = relation_id
    loop
        execute format('create trigger %I %s execute function replication.%I()', t.name, t.clause,
            t.function);
    end loop;
end
$$;
comment on function replication.make_refusals(int) is
    'makes the triggers that refuse changes outside the filter of a table, or removes them';
