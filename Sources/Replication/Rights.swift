import Postgres

/// What a role needs in order to sync a database without being its owner or a superuser.
///
/// Asked of the catalogs alone: a role that has no rights yet cannot call a function of the schema
/// "replication" to learn what it lacks.
enum Rights {
    /// Refuses a role that lacks rights, naming the statements that would give them.
    static func check(_ connection: Connection) throws {
        let missing = try missingGrants(connection)
        guard missing.isEmpty else {
            throw ReplicationError.missingGrants(database: connection.label, statements: missing)
        }
    }

    /// The statements that would give the session's role what it lacks; none for a superuser.
    static func missingGrants(_ connection: Connection) throws -> [String] {
        guard !connection.isSuperuser else { return [] }
        return try connection.query(
            """
            with replicated as (
                select distinct c.oid, c.relnamespace
                from pg_trigger as t
                    join pg_proc as p on p.oid = t.tgfoid
                    join pg_class as c on c.oid = t.tgrelid
                where p.pronamespace = to_regnamespace('replication')
                    and not c.relispartition
            ),
            own as (
                select oid, relnamespace
                from pg_class
                where relnamespace = to_regnamespace('replication')
                    and relkind = 'r'
            )
            select format('grant set on parameter session_replication_role to %I', current_user)
                as statement
            where not has_parameter_privilege('session_replication_role', 'SET')
            union all
            select format('grant temporary on database %I to %I', current_database(), current_user)
            where not has_database_privilege(current_database(), 'TEMPORARY')
            union all
            select format('grant usage on schema %I to %I', n.nspname, current_user)
            from pg_namespace as n
            where n.oid in (select relnamespace from replicated union select relnamespace from own)
                and not has_schema_privilege(n.oid, 'USAGE')
            union all
            select format('grant select, insert, update, delete, truncate on %I.%I to %I',
                n.nspname, c.relname, current_user)
            from pg_class as c
                join pg_namespace as n on n.oid = c.relnamespace
            where c.oid in (select oid from replicated union select oid from own)
                and not (
                    has_table_privilege(c.oid, 'SELECT')
                    and has_table_privilege(c.oid, 'INSERT')
                    and has_table_privilege(c.oid, 'UPDATE')
                    and has_table_privilege(c.oid, 'DELETE')
                    and has_table_privilege(c.oid, 'TRUNCATE')
                )
            union all
            select format('grant select, update on sequence replication.%I to %I', c.relname,
                current_user)
            from pg_class as c
            where c.relnamespace = to_regnamespace('replication')
                and c.relname = 'clock'
                and not (
                    has_sequence_privilege(c.oid, 'SELECT')
                    and has_sequence_privilege(c.oid, 'UPDATE')
                )
            union all
            select format('grant select on replication.%I to %I', c.relname, current_user)
            from pg_class as c
            where c.relnamespace = to_regnamespace('replication')
                and c.relkind = 'v'
                and not has_table_privilege(c.oid, 'SELECT')
            union all
            select format('grant execute on function replication.%I(%s) to %I', p.proname,
                pg_get_function_identity_arguments(p.oid), current_user)
            from pg_proc as p
            where p.pronamespace = to_regnamespace('replication')
                and p.prorettype <> 'trigger'::regtype
                and not has_function_privilege(p.oid, 'EXECUTE')
            union all
            select format('alter role %I bypassrls', current_user)
            where exists (
                select
                from replicated as r
                where row_security_active(r.oid)
            )
            """
        ).map { try $0.string("statement") }
    }

    /// A warning where the session's role can do far more than a sync needs: code of the owners of
    /// tables, on either side, runs with its rights.
    static func warnings(_ connections: [Connection]) -> [String] {
        let mighty = connections.filter(\.isSuperuser)
        guard !mighty.isEmpty else { return [] }
        let names = mighty.map(\.label).joined(separator: " and ")
        return [
            "the agent is a superuser on \(names): whoever owns a table can run code as one; give it "
                + "a role of its own (docs/SECURITY.md)"
        ]
    }
}
