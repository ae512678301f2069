-- The capture follows the schema, all tables at once: after changes that an agent has carried out.

-- Lets the capture follow whatever has happened, by looking at all tables. Returns what a person
-- should know.
--
-- SECURITY DEFINER: an agent need not own the tables whose schema it has just changed.
create or replace function replication.follow_all(is_captured boolean default false)
    returns setof text
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    t record;
    note text;
begin
    for t in
        select r.id
        from replication.relation as r
        where not exists (select from pg_class as c where c.oid = r.relid)
    loop
        perform replication.detach(t.id);
    end loop;
    for t in
        select r.relid::oid as relid
        from replication.relation as r
        where r.tablename is distinct from replication.full_name(r.relid)
            or r.columns is distinct from replication.columns_of(r.relid)
            or r.key_numbers is distinct from replication.key_numbers(r.relid)
            or r.kind <> replication.kind_of(r.relid)
            or exists (select from replication.wrong_trigger as w where w.relation = r.id)
            or exists (select from pg_class as c where c.oid = r.relid and c.relispartition)
        union
        select c.relid
        from replication.candidate as c
        where c.reason is null
            and not exists (select from replication.relation as r where r.relid = c.relid)
        union
        select s.table_relid
        from replication.wrong_sequence as s
        union
        select w.relid
        from replication.wrong_trigger as w
            join pg_class as c on c.oid = w.relid
        where c.relispartition
    loop
        note := replication.follow(t.relid, is_captured);
        if note is not null then
            return next note;
        end if;
    end loop;
end
$$;
revoke execute on function replication.follow_all(boolean) from public;
comment on function replication.follow_all(boolean) is
    'lets the capture follow the schema, whatever has happened to it';

-- Between two releases it returned something else.
do $$
begin
    if pg_get_function_result(to_regprocedure('replication.let_go()'))
        <> 'TABLE(tablename text, reason text)'
    then
        drop function replication.let_go();
    end if;
end
$$;

-- Lets tables go that cannot be replicated any more: those that have no key, as nothing names their
-- rows, that are unlogged now, or that an extension has taken. Returns them, with the reason.
--
-- SECURITY DEFINER, as follow_all().
create or replace function replication.let_go()
    returns table (tablename text, reason text)
    language plpgsql
    security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
begin
    for r in
        select l.id, c.relid::text as name, c.reason
        from replication.relation as l
            join replication.candidate as c on c.relid = l.relid
        where c.reason ~ '^it (has no key|is unlogged|belongs to an extension)'
    loop
        perform replication.detach(r.id);
        return query select r.name, r.reason;
    end loop;
end
$$;
revoke execute on function replication.let_go() from public;

-- For tables that were attached before shapes were remembered.
create or replace function replication.remember_shapes()
    returns void
    language sql
    volatile
    set search_path = ''
begin atomic
    update replication.relation as r
    set tablename = replication.full_name(r.relid),
        columns = replication.columns_of(r.relid),
        key_numbers = replication.key_numbers(r.relid)
    where r.tablename is null
        and exists (select from pg_class as c where c.oid = r.relid);
end;
