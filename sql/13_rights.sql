-- What a role needs in order to sync this database without being its owner.

-- The statements that would give the current role what it lacks. None for a superuser.
create or replace function replication.missing_grants()
    returns table (statement text)
    language sql
    stable
    set search_path = ''
begin atomic
    select format('grant set on parameter session_replication_role to %I', current_user)
    where not has_parameter_privilege('session_replication_role', 'SET')
    union all
    select format('grant temporary on database %I to %I', current_database(), current_user)
    where not has_database_privilege(current_database(), 'TEMPORARY')
    union all
    select format('grant usage on schema %I to %I', n.nspname, current_user)
    from pg_namespace as n
    where n.oid in (
            select c.relnamespace
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
        )
        and not has_schema_privilege(n.oid, 'USAGE')
    union all
    select format('grant select, insert, update, delete, truncate on %s to %I', c.oid::regclass,
        current_user)
    from pg_class as c
    where (
            c.oid in (select relid from replication.relation)
            or c.relnamespace = 'replication'::regnamespace and c.relkind = 'r'
        )
        and not (
            has_table_privilege(c.oid, 'SELECT')
            and has_table_privilege(c.oid, 'INSERT')
            and has_table_privilege(c.oid, 'UPDATE')
            and has_table_privilege(c.oid, 'DELETE')
            and has_table_privilege(c.oid, 'TRUNCATE')
        )
    union all
    select format('alter role %I bypassrls', current_user)
    where exists (
        select
        from replication.relation as r
        where row_security_active(r.relid)
    );
end;
comment on function replication.missing_grants() is
    'the GRANT statements that the current role needs before it can sync this database';
