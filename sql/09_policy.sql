-- How a conflict's winner is chosen, table by table. The table replicates like data, so that all
-- nodes come to one policy; a table that is not in it has the policy newest.

create table if not exists replication.policy (
    tablename text primary key,
    policy text not null check (policy in ('newest', 'priority', 'function', 'columns')),
    priority int[],
    function text,
    check ((policy = 'priority') = (priority is not null)),
    check ((policy = 'function') = (function is not null))
);
alter table replication.policy
    drop constraint if exists policy_policy_check,
    add constraint policy_policy_check
        check (policy in ('newest', 'priority', 'function', 'columns'));

-- Sets the policy of a table:
--   newest                 the later change wins; of equally late ones the one of the higher node
--   priority, '3,1'        the change made on node 3 wins, then node 1's, then any other, the
--                          newest of those
--   function, 'my.merge'   my.merge(older jsonb, newer jsonb) returns jsonb decides; a deleted row
--                          is null, as is the answer "deleted"; an answer that is neither of the
--                          two is a merged row, in which columns that it leaves out are the newer's
--   columns                of a row of which both sides changed different columns, both changes
--                          stand; of a column that both changed, the newest; see 15_columns
create or replace function replication.set_policy(
    this_table regclass,
    policy text,
    argument text default null
)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    full_name text;
    numbers int[];
    merge regprocedure;
begin
    select format('%I.%I', n.nspname, c.relname) into full_name
    from replication.relation as r
        join pg_class as c on c.oid = r.relid
        join pg_namespace as n on n.oid = c.relnamespace
    where r.relid = this_table
        and n.nspname <> 'replication';
    if full_name is null then
        raise exception 'table % is not replicated', this_table
            using hint = 'Give a table that stands in replication.relation; for a partition, its'
                ' partitioned table.';
    end if;
    if policy = 'priority' then
        if argument is null or argument !~ '^\s*\d{1,9}(\s*,\s*\d{1,9})*\s*$' then
            raise exception 'the policy priority needs node numbers: 2,1,3'
                using hint = 'The node named first wins.';
        end if;
        numbers := ('{' || argument || '}')::int[];
        if exists (select from unnest(numbers) as n, replication.self as s
                where n not between 1 and s.modulus) then
            raise exception 'there can be no such node number in %', argument
                using hint = format('A node number lies between 1 and %s.',
                    (select s.modulus from replication.self as s));
        end if;
    elsif policy = 'function' then
        begin
            merge := to_regprocedure(argument || '(jsonb,jsonb)');
        exception
            when syntax_error_or_access_rule_violation or data_exception
                or feature_not_supported
            then
                -- What cannot be a name is that of no function.
                merge := null;
        end;
        if merge is null
            or (select p.prorettype from pg_proc as p where p.oid = merge) <> 'jsonb'::regtype then
            raise exception 'there is no function %(jsonb, jsonb) that returns jsonb', argument
                using hint = 'Name it with its schema, and create it on every node.';
        end if;
        select format('%I.%I', n.nspname, p.proname) into argument
        from pg_proc as p
            join pg_namespace as n on n.oid = p.pronamespace
        where p.oid = merge;
    elsif policy not in ('newest', 'columns') then
        raise exception 'there is no policy %', policy
            using hint = 'The policies are newest, priority, function and columns.';
    end if;
    insert into replication.policy as p (tablename, policy, priority, function)
    values (full_name, set_policy.policy, numbers,
        case when set_policy.policy = 'function' then argument end)
    on conflict (tablename) do update
        set policy = excluded.policy,
            priority = excluded.priority,
            function = excluded.function;
    perform replication.follow_policy(r.id)
    from replication.relation as r
    where r.relid = this_table;
end
$$;
comment on function replication.set_policy(regclass, text, text) is
    'chooses how conflicts of a table are decided: newest, priority (nodes), function (name),'
    ' columns';
