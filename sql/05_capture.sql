-- The triggers that note the keys of changed rows, and the functions behind them.
--
-- Each table has a log of its own, with columns of the types of its key, and functions of its own,
-- with static SQL: their plans are cached. They are SECURITY DEFINER, so that an application needs
-- no rights here. The time is read once per statement, into a variable: PL/pgSQL computes it at a
-- tenth of what a sub-select costs. A transaction that changes no row must not get a number.
--
-- The owner of a table must not get anything of his executed with the rights of whoever installed
-- this. Therefore in these functions
--   * every name is qualified, but for names of columns, which stand alone: PostgreSQL takes r.id
--     for a call of id(r) where r has no such column any more, and "id" alone for an error;
--   * a column must still have the type that it had (of_type, of_domain): else assigning it to the
--     log could call a cast of the owner's;
--   * nothing is of a domain, whose CHECK would be evaluated here: the logs have what it is over;
--   * a variable has a name that no column has: that of a column which is gone must not mean it;
--   * operators in schemas of users are called with just the types that they are for;
--   * no query is planned on a table before it was asked what that calls: see 05_owner_code.sql.

-- The names of a table's capture triggers; the same on every table.
--   insert, update, delete, truncate   what happened
--   key       the old key of a row whose key changed
create or replace function replication.trigger_name(operation text)
    returns name
    language sql
    immutable
    set search_path = ''
return ('replication_' || operation)::name;

-- The names of the functions that one table can have.
create or replace function replication.capture_functions(relation_id int)
    returns text[]
    language sql
    immutable
    set search_path = ''
return array(
    select o.operation || '_' || relation_id
    from unnest(array['insert', 'update', 'delete', 'key', 'truncate', 'part']) as o (operation)
);

-- The INSERT into the log of a table, for format(): 1 is an expression for the time, 2 the action, 3 a
-- FROM clause whose columns of the key are named as in the table. (To cast pg_current_xact_id() by way
-- of text takes four times as long as txid_current().)
create or replace function replication.log_format(relation_id int)
    returns text
    language sql
    stable
    set search_path = ''
begin atomic
    select format(
        'insert into replication.log_%s (xid, changed_at, origin, action, %s)
    select pg_catalog.txid_current(), %%1$s, %s, %%2$L, %s
    %%3$s;',
        relation_id,
        string_agg('k' || k.number, ', ' order by k.number),
        (select s.number from replication.self as s),
        replace(string_agg(replication.key_value(r.relid, k.name), ', ' order by k.number), '%', '%%')
    )
    from replication.relation as r
        cross join unnest(r.key) with ordinality as k (name, number)
    where r.id = relation_id;
end;

-- The same within a capture function, at the time of the statement.
drop function if exists replication.log_statement(int, text[], "char", text, text);
create or replace function replication.log_statement(log_format text, action "char", source text)
    returns text
    language sql
    stable
return format(log_format, 'entry."time now"', action, source);

-- The bodies of the functions of one table, by operation.
create or replace function replication.capture_bodies(relation_id int)
    returns table (operation text, body text)
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    r replication.relation;
    entry text := replication.log_format(relation_id);
    held text[];
    key_columns text;
    same_key text;
    delete_one text;
begin
    select * into strict r
    from replication.relation
    where id = relation_id;
    held := replication.bigint_objects(r.relid);

    if r.kind = 'i' then
        delete_one := replication.log_statement(entry, 'D', 'from (select old.*) as r');
        return query values
            ('insert', replication.log_statement(entry, 'I', 'from (select new.*) as r')
                || replication.hold_statements(r.relid, held, 'from (select new.*) as r')),
            ('update', case
                    when r.by_columns then replication.update_by_columns(r.id, entry)
                    else replication.log_statement(entry, 'U', 'from (select new.*) as r')
                end
                || replication.hold_statements(r.relid, held, 'from (select new.*) as r')),
            ('delete', delete_one),
            ('key', delete_one);
    else
        select string_agg(format('n.%1$I%3$s %2$s r.%1$I%3$s', k.name, k.equals, k.as_compared),
                ' and '),
            string_agg(format('%I', k.name), ', ')
        into same_key, key_columns
        from (
            select c.name, c.equals, replication.as_compared(r.relid, c.number) as as_compared
            from replication.key_columns(r.relid) as c
        ) as k;
        return query values
            ('insert', replication.log_statement(entry, 'I', 'from new_rows')
                || replication.hold_statements(r.relid, held, 'from new_rows')),
            ('update', case
                    when r.by_columns then replication.update_by_columns(r.id, entry)
                    else replication.log_statement(entry, 'U', 'from new_rows')
                end
                || case
                    when r.kind = 'p' then
                        -- An UPDATE that moves a row to another partition fires no row trigger.
                        E'\n    ' || replication.log_statement(entry, 'D', format(
                            'from (select %1$s from old_rows) as r where not exists (select'
                            ' from (select %1$s from new_rows) as n where %2$s)',
                            key_columns, same_key))
                    else ''
                end
                || replication.hold_statements(r.relid, held, 'from new_rows')),
            ('delete', replication.log_statement(entry, 'D', 'from old_rows'));
        if r.kind = 'r' then
            return query values
                ('key', replication.log_statement(entry, 'D', 'from (select old.*) as r'));
        end if;
    end if;

    return query values ('truncate', format(
        'insert into replication.event (xid, changed_at, origin, kind, relation)
    values (pg_catalog.txid_current(), entry."time now", %s, ''truncate'', %s);',
        (select number from replication.self), r.id));

    if r.kind = 'p' then
        -- A partition that is emptied alone: its keys, one by one. A snapshot older than the lock
        -- would not show them all.
        return query values ('part', format(
            'if pg_catalog.current_setting(''transaction_isolation'')
            operator(pg_catalog.<>) ''read committed'' then
        raise exception ''a partition can be truncated in READ COMMITTED transactions only''
            using hint = ''Truncate the partitioned table, or begin the transaction with ISOLATION''
                '' LEVEL READ COMMITTED: the keys of all rows must be visible to the replication.'';
    end if;
    if replication.must_ask_owner(tg_relid) then
        perform replication.log_keys(%s, ''D'', replication.ask_keys(%s, tg_relid,
            pg_catalog.format(''t.tableoid = %%s'', tg_relid)));
        return null;
    end if;
    execute %L operator(pg_catalog.||) tg_relid::pg_catalog.regclass::pg_catalog.text;',
            r.id, r.id,
            rtrim(format(entry, '(select replication.now())', 'D', 'from only '), ';')));
    end if;
end
$$;

-- The text of a function from its body. Of a clock that nobody has set, as in a dump without data,
-- pg_sequence_last_value() says nothing; replication.now() is slower.
create or replace function replication.capture_source(body text)
    returns text
    language sql
    immutable
    set search_path = ''
return '
#variable_conflict use_column
<<entry>>
declare
    "time now" pg_catalog.timestamptz := coalesce(
        pg_catalog.clock_timestamp() operator(pg_catalog.+)
            (pg_catalog.pg_sequence_last_value(''replication.clock''::pg_catalog.regclass)
            operator(pg_catalog.*) ''1 microsecond''::pg_catalog.interval),
        replication.now());
begin
    ' || body || E'\n    return null;\nend\n';

-- Makes or replaces the functions of one table, and notes their digest. Where one joins old rows with
-- new ones, a plan that a session made for an UPDATE of one row must not do so by nested loops later.
create or replace function replication.make_capture_functions(relation_id int)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    f record;
begin
    -- The logs of version 1 have columns of domains.
    for f in
        select a.attname, b.type
        from pg_attribute as a
            join pg_type as t on t.oid = a.atttypid and t.typtype = 'd'
            cross join lateral replication.base_type(a.atttypid, a.atttypmod) as b
        where a.attrelid = format('replication.log_%s', relation_id)::regclass
            and a.attnum > 0
            and not a.attisdropped
    loop
        execute format('alter table replication.log_%s alter %I type %s', relation_id, f.attname,
            f.type);
    end loop;
    for f in select * from replication.capture_bodies(relation_id)
    loop
        execute format(
            'create or replace function replication.%I() returns trigger'
            ' language plpgsql security definer%s as %L',
            f.operation || '_' || relation_id,
            case
                -- This one reads a user's table, all of it: policies' functions must not be called.
                when f.operation = 'part' then ' set search_path = pg_catalog, pg_temp'
                    ' set row_security = off'
                when f.body like '%old_rows%' and f.body like '%new_rows%' then
                    ' set enable_nestloop = off'
            end,
            replication.capture_source(f.body)
        );
        -- Who may create triggers with it could have it log what he likes.
        execute format('revoke execute on function replication.%I() from public',
            f.operation || '_' || relation_id);
    end loop;
    update replication.relation
    set digest = replication.digest_of(relation_id),
        held = replication.bigint_objects(relid)
    where id = relation_id;
end
$$;

-- What the functions of one table are now, in one word. Null where one is missing.
create or replace function replication.digest_of(relation_id int)
    returns text
    language plpgsql
    stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select md5(string_agg(p.proname || p.prosrc || p.prosecdef, '' order by p.proname collate "C"))
        from pg_proc as p
        where p.pronamespace = 'replication'::regnamespace
            and p.prorettype = 'trigger'::regtype
            and p.proname = any (replication.capture_functions(relation_id))
    );
end
$$;

-- Every capture trigger: on which table, with which function, the clause between name and EXECUTE.
create or replace view replication.wanted_trigger as
select
    r.id as relation,
    p.relid,
    replication.trigger_name(w.operation) as name,
    case
        when w.operation = 'truncate' and p.relid <> r.relid then 'part'
        else w.operation
    end || '_' || r.id as function,
    case
        when w.operation = 'key' or (r.kind = 'i' and w.operation <> 'truncate') then
            format('after %s on %s for each row %s',
                case w.operation when 'key' then 'update' else w.operation end,
                p.relid,
                case w.operation when 'key' then (
                    select format('when ((%s) is not true)', string_agg(
                        format('old.%1$I %2$s new.%1$I', k.name, k.equals), ' and '
                        order by k.number))
                    from replication.key_columns(r.relid) as k
                ) else '' end)
        when w.operation = 'truncate' then
            format('%s truncate on %s for each statement',
                case when p.relid = r.relid then 'after' else 'before' end, p.relid)
        else
            format('after %s on %s %s for each statement', w.operation, p.relid,
                case
                    when w.operation = 'insert' then 'referencing new table as new_rows'
                    when w.operation = 'delete' then 'referencing old table as old_rows'
                    when r.kind = 'p' or r.by_columns then
                        'referencing new table as new_rows old table as old_rows'
                    else 'referencing new table as new_rows'
                end)
    end as clause
from replication.relation as r
    cross join lateral replication.parts_of(r.relid) as p
    cross join unnest(array['insert', 'update', 'delete', 'truncate', 'key']) as w (operation)
where (w.operation <> 'key' or r.kind <> 'p');
comment on view replication.wanted_trigger is
    'the triggers that must stand on the replicated tables and their partitions';
