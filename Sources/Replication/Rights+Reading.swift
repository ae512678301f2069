import Postgres

/// A role that only looks needs less than one that syncs, and one that installs needs other rights.
extension Rights {
    /// Refuses a role that could not make the schema, or put triggers on the tables. What it lacks would be
    /// met halfway else.
    static func checkForInstalling(_ connection: Connection) throws {
        guard !connection.isSuperuser else { return }
        let missing = try connection.query(
            """
            select format('grant create on database %I to %I', current_database(), current_user)
                as statement
            where not has_database_privilege(current_database(), 'CREATE')
            union all
            select distinct format('grant %I to %I', o.rolname, current_user)
            from pg_class as c
                join pg_roles as o on o.oid = c.relowner
            where c.relkind in ('r', 'p')
                and c.relpersistence = 'p'
                and c.relnamespace <> all (array['pg_catalog', 'information_schema']::regnamespace[])
                and not pg_has_role(c.relowner, 'USAGE')
                and exists (
                    select
                    from pg_index as i
                    where i.indrelid = c.oid
                        and (i.indisprimary or i.indisreplident)
                )
                and not exists (
                    select
                    from pg_depend as d
                    where d.classid = 'pg_class'::regclass
                        and d.objid = c.oid
                        and d.deptype = 'e'
                )
            """
        ).map { try $0.string("statement") }
        guard missing.isEmpty else {
            throw ReplicationError.mayNot(
                database: connection.label, task: "make a node of it", statements: missing)
        }
    }

    /// The statements that would give the session's role what it lacks for looking at a node.
    static func missingForReading(_ connection: Connection) throws -> [String] {
        guard !connection.isSuperuser else { return [] }
        return try connection.query(
            """
            select format('grant usage on schema replication to %I', current_user) as statement
            from pg_namespace as n
            where n.nspname = 'replication'
                and not has_schema_privilege(n.oid, 'USAGE')
            union all
            select format('grant select on all tables in schema replication to %I', current_user)
            where exists (
                select
                from pg_class as c
                where c.relnamespace = to_regnamespace('replication')
                    and c.relkind in ('r', 'v')
                    and not has_table_privilege(c.oid, 'SELECT')
            )
            union all
            select format('grant select on sequence replication.clock to %I', current_user)
            from pg_class as c
            where c.relnamespace = to_regnamespace('replication')
                and c.relname = 'clock'
                and not has_sequence_privilege(c.oid, 'SELECT')
            """
        ).map { try $0.string("statement") }
    }
}

extension Connection {
    /// Runs what only looks at a node. Where the role may not, the error names what that takes, and not all
    /// that a sync would need.
    ///
    /// - Throws: `ReplicationError.mayNot`, or what the body throws.
    public func looking<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error where Self.isOfRights(error) && isAlive && !isInTransaction {
            let missing = try Rights.missingForReading(self)
            guard !missing.isEmpty else { throw error }
            throw ReplicationError.mayNot(
                database: label, task: "look at the node", statements: missing)
        }
    }

    private static func isOfRights(_ error: any Error) -> Bool {
        if case ReplicationError.missingGrants = error { return true }
        return (error as? PostgresError)?.sqlstate == SQLState.insufficientPrivilege
    }
}
