import Postgres

/// What is made sure of before the source hears of the new node: all that is known to end a clone when its
/// database has been filled.
extension Clone {
    func checkBeforeAll(_ programs: DumpPrograms) throws {
        try Rights.check(source)
        try checkRightsAtTarget()
        try checkColumnOptions(programs)
    }

    /// The role that restores makes everything, and syncs at the end.
    private func checkRightsAtTarget() throws {
        guard !target.isSuperuser else { return }
        guard
            try source.query("select true from pg_event_trigger limit 1").isEmpty
        else {
            throw ReplicationError.notClonable(
                database: target.label,
                because: "\(source.label) has event triggers, and the role that would make them "
                    + "here is no superuser",
                hint: "nothing was changed; run it as a superuser of this server")
        }
        let owners = try source.query(
            """
            select distinct pg_get_userbyid(o.owner) as name
            from (
                select c.relowner as owner, c.relnamespace as schema
                from pg_class as c
                where \(Self.belongsToNoExtension)
                union all
                select n.nspowner, n.oid
                from pg_namespace as n
                where n.nspname <> 'public'
            ) as o
                join pg_namespace as n on n.oid = o.schema
            where n.nspname !~ '^pg_'
                and n.nspname <> 'information_schema'
            """
        ).map { try $0.string("name") }
        let missing = try target.query(
            """
            select format('grant set on parameter session_replication_role to %I', current_user)
                as statement
            where not has_parameter_privilege('session_replication_role', 'SET')
            union all
            select format('grant create, temporary on database %I to %I', current_database(),
                current_user)
            where not has_database_privilege(current_database(), 'CREATE')
                or not has_database_privilege(current_database(), 'TEMPORARY')
            union all
            select format('grant create on schema %I to %I', n.nspname, current_user)
            from pg_namespace as n
            where n.nspname = 'public'
                and not has_schema_privilege(n.oid, 'CREATE')
            union all
            select format('grant %I to %I', r.rolname, current_user)
            from pg_roles as r
            where r.rolname = any (\(owners))
                and not pg_has_role(r.oid, 'MEMBER')
            """
        ).map { try $0.string("statement") }
        guard missing.isEmpty else {
            throw ReplicationError.mayNot(
                database: target.label, task: "restore and sync a clone", statements: missing)
        }
    }

    /// From 15.20 on, a server numbers the shapes that a column has had, as an option of the column. A newer
    /// pg_dump writes what it does not know as it stands there, and a server that does not know it either
    /// refuses it.
    private func checkColumnOptions(_ programs: DumpPrograms) throws {
        let release = source.serverVersion / 10_000
        guard programs.release > release else { return }
        let numbered = try source.query(
            """
            select true from pg_attribute
            where exists (select from unnest(attoptions) as o where o ^@ 'pg_attver=')
            limit 1
            """)
        guard !numbered.isEmpty, try !knowsColumnOption() else { return }
        throw ReplicationError.notClonable(
            database: target.label,
            because: "its server does not know the numbers (pg_attver) that \(source.label)'s "
                + "gives to the shapes of columns, and that pg_dump of release "
                + "\(programs.release) writes",
            hint: "nothing was changed; take pg_dump and pg_restore of release \(release), which "
                + "leave them out: name their folder with --bindir")
    }

    private func knowsColumnOption() throws -> Bool {
        do {
            try target.transaction {
                try target.execute("create temporary table shape (number int) on commit drop")
                try target.execute(
                    "alter table pg_temp.shape alter column number set (pg_attver = 1)")
            }
            return true
        } catch let error as PostgresError
            where error.sqlstate == SQLState.invalidParameterValue
        {
            return false
        }
    }
}
