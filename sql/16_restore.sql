-- Putting back a version that lost a conflict.

-- The statement that puts back what lost, and the word for what it does; no statement where the row
-- is so already. Refuses where that would undo a later change unseen, unless forced.
create or replace function replication.restoration(
    conflict_id uuid,
    force boolean,
    out statement text,
    out result text
)
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    c replication.conflict;
    target text;
    k record;
begin
    if current_setting('session_replication_role') = 'replica' then
        raise exception 'in replica role nothing would be captured'
            using hint = 'Set session_replication_role to origin.';
    end if;
    select
        bool_or(n.there) as there,
        bool_or(n.moved) as moved,
        string_agg(n.column_name, ', ') filter (where n.moved) as moved_columns,
        string_agg(n.column_name, ', ') filter (where n.is_lost and n.type is null) as gone,
        string_agg(n.column_name, ', ') filter (
            where n.differs and n.there and n.identity = 'a') as fixed,
        bool_or(n.differs) as differs,
        string_agg(n.column_name, ', ') filter (
            where n.object in ('elsewhere', 'gone')) as without_object,
        bool_or(n.object = 'elsewhere') as is_elsewhere,
        string_agg(quote_ident(n.column_name), ', ') filter (where n.is_set) as names,
        string_agg(n.value, ', ') filter (where n.is_set) as literals,
        string_agg(format('%I = %s', n.column_name, n.value), ', ') filter (
            where n.differs and n.identity <> 'a') as assignments
    into k
    from (
        select m.*,
            m.is_set and m.loser is distinct from m.present as differs,
            case
                when m.is_set and m.object = 'here' then
                    format('replication.copy_object(%L)::%s', m.loser, m.type)
                when m.is_set then format('replication.typed(null::%s, %L, %L)',
                    m.type, m.loser, m.type)
            end as value
        from (
            select l.*, l.is_lost and l.type is not null and not l.is_generated
                    and coalesce(l.object, 'none') in ('here', 'none') as is_set
            from replication.conflict_columns(conflict_id) as l
        ) as m
    ) as n;

    select * into strict c
    from replication.conflict
    where id = conflict_id;
    if c.winner_key is not null then
        c.winner := null;
    end if;
    select case r.kind when 'i' then 'only ' else '' end || r.relid::text into target
    from replication.relation as r
    where r.relid = to_regclass(c.tablename);

    if k.gone is not null and not force then
        raise exception 'table % no longer has these columns of the row that lost: %', c.tablename,
            k.gone
            using hint = 'Forced, the rest of the row is put back without them.';
    elsif k.without_object is not null and not force then
        raise exception 'the large object of the row that lost, in column % of table %, is %',
            k.without_object, c.tablename,
            case
                when k.is_elsewhere then format('on node %s alone', coalesce(
                    (select format('%s (%s)', m.name, m.number) from replication.member as m
                        where m.number = c.decided_by),
                    c.decided_by::text))
                else 'not there any more'
            end
            using hint = case
                    when k.is_elsewhere then format('Restore it there: trompe conflicts %s restore %s. ',
                        coalesce((select m.name from replication.member as m
                            where m.number = c.decided_by), 'DB'),
                        left(c.id::text, 8))
                    else ''
                end || 'Forced, the rest of the row is put back without it.';
    elsif k.there = (c.loser is not null) and not coalesce(k.differs, false) then
        result := 'unchanged';
        return;
    elsif k.fixed is not null and c.loser is not null and not force then
        raise exception 'column % of table % is GENERATED ALWAYS and cannot be set back', k.fixed,
            c.tablename
            using hint = 'Forced, it keeps its present value, and the rest of the row is put back.';
    elsif k.moved and c.winner_key is not null and not force then
        raise exception 'conflict % was between rows of two keys, and there is a row under the key'
            ' that lost', conflict_id
            using errcode = 'object_not_in_prerequisite_state',
            hint = 'It is the one to which the key went back, or was written since;'
                ' replication.conflict_columns() shows it. Forced, it is overwritten.';
    elsif k.moved and not force then
        raise exception 'the row is no longer as conflict % left it%', conflict_id,
            case
                when k.there and c.winner is not null then ': ' || k.moved_columns
                when k.there then ': it was deleted, and is there again'
                else ': it was deleted since'
            end
            using errcode = 'object_not_in_prerequisite_state',
            hint = 'replication.conflict_columns() shows what is there now. Forced, it is'
                ' overwritten.';
    end if;

    if c.loser is null then
        statement := format('delete from %s as t where %s', target, replication.same_key(c));
        result := 'deleted';
    elsif not k.there then
        statement := format('insert into %s (%s) overriding system value values (%s)',
            c.tablename, k.names, k.literals);
        result := 'inserted';
    elsif k.assignments is null then
        result := 'unchanged';
    else
        statement := format('update %s as t set %s where %s', target, k.assignments,
            replication.same_key(c));
        result := 'updated';
    end if;
end
$$;

-- Puts the version that lost a conflict back, as a change of the caller's own: captured,
-- replicated, and later than all that this node has seen. Triggers and constraints of the table
-- have their say, with the caller's own settings: hence no SET clause here, and every name
-- qualified.
--   force   also where the row is no longer as the conflict left it, or cannot be put back whole
-- Returns inserted, updated, deleted or unchanged.
create or replace function replication.restore(conflict_id uuid, force boolean default false)
    returns text
    language plpgsql
    volatile
as $$
declare
    plan record;
    done bigint;
begin
    select * into plan
    from replication.restoration(conflict_id, force);
    if plan.statement is not null then
        -- What the row names now will be without a name.
        perform replication.loosen_row(conflict_id);
        execute plan.statement;
        get diagnostics done = row_count;
        if done operator(pg_catalog.<>) 1 then
            raise exception 'the row of conflict % was not written', conflict_id
                using hint = 'A trigger or a rule of the table, or row security, prevented it.';
        end if;
    end if;
    return plan.result;
end
$$;
comment on function replication.restore(uuid, boolean) is
    'puts the version that lost a conflict back, as a new change that replicates';
