-- Changes of schema: making them by hand, or keeping them here.

-- Keeps the changes of schema that the present transaction makes on this node.
create or replace function replication.pause_ddl()
    returns void
    language sql
    volatile
    security definer
    set search_path = ''
begin atomic
    -- What another transaction is removing is not waited for.
    delete from replication.ddl_pause
    where xid in (
        select p.xid
        from replication.ddl_pause as p
        where p.xid <> pg_current_xact_id()::text::bigint
        for update skip locked
    );
    insert into replication.ddl_pause (xid)
    values (pg_current_xact_id()::text::bigint)
    on conflict do nothing;
end;
revoke execute on function replication.pause_ddl() from public;
comment on function replication.pause_ddl() is
    'keeps the changes of schema that the present transaction makes on this node';

-- What replication.ddl() logs where no event trigger does.
create or replace function replication.log_own_ddl(statement text, path text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    s record;
begin
    if not replication.captures_ddl() and not replication.is_ddl_paused() then
        s := replication.next_statement(statement, 1);
        perform replication.log_ddl(
            replication.without_concurrently(s.statement, s.words, s.places),
            upper(concat_ws(' ', s.words[1], s.words[2])), path, null);
        perform replication.follow_all(true);
    end if;
end
$$;
revoke execute on function replication.log_own_ddl(text, text) from public;

-- Makes changes of schema here, and lets them travel: one or more statements. Needed only where no
-- event trigger captures them.
create or replace function replication.ddl(statements text)
    returns void
    language plpgsql
    volatile
as $$
declare
    s record;
begin
    for s in
        select d.statement, d.words, d.places
        from replication.statements_of(statements,
            pg_catalog.current_setting('standard_conforming_strings') operator(pg_catalog.=) 'off') as d
    loop
        if s.words[1] operator(pg_catalog.<>) all
            (array['create', 'alter', 'drop', 'comment', 'grant', 'revoke', 'security'])
        then
            raise exception 'this is no change of schema: %', pg_catalog.left(s.statement, 60)
                using hint = 'Send it by itself: changes of rows travel as rows, and what a function or'
                    ' a DO block does to the schema is captured as it is done.';
        end if;
        execute replication.without_concurrently(s.statement, s.words, s.places);
        perform replication.log_own_ddl(s.statement, pg_catalog.current_setting('search_path'));
    end loop;
end
$$;
revoke execute on function replication.ddl(text) from public;
comment on function replication.ddl(text) is
    'changes the schema here and on all other nodes; one or more statements';

-- What is done about a change of schema whose text cannot be told: refuse it, or mark it, which
-- stops the next sync.
create or replace function replication.on_unknown_ddl(choice text)
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.ddl_setting
    set unknown_text = choice;
end;
revoke execute on function replication.on_unknown_ddl(text) from public;
comment on function replication.on_unknown_ddl(text) is
    'whether a change of schema whose text cannot be told is refused (refuse) or stops a sync (mark)';

-- The changes of schema that this node knows of, for people.
create or replace view replication.schema_change as
select uid, changed_at, origin, case when via > 0 then via end as via, kind, tag, role, statement
from replication.event
where kind in ('ddl', 'lost', 'skipped')
order by id;
comment on view replication.schema_change is
    'the changes of schema that this node knows of, in their order';

-- How many changes of schema wait to be sent to a neighbour.
create or replace function replication.pending_ddl(to_neighbour int)
    returns bigint
    language sql
    stable
    set search_path = ''
begin atomic
    select count(*)
    from replication.event as e
        join replication.neighbour as n on n.number = to_neighbour
    where e.kind in ('ddl', 'lost')
        and replication.is_for(e.via, to_neighbour)
        and not pg_visible_in_snapshot(e.xid::text::xid8, coalesce(n.acknowledged, n.schema_from));
end;
comment on function replication.pending_ddl(int) is
    'how many changes of schema wait to be sent to a neighbour, as far as this node knows';
