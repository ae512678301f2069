import Postgres

/// What a dump of a running database needs.
extension Connection {
    /// Runs a body in a transaction whose snapshot pg_dump can take over. All tables are locked against
    /// ALTER TABLE before, as an older snapshot would show one empty that was rewritten since.
    ///
    /// - Parameters:
    ///   - begin: begins the transaction.
    ///   - settings: set for it.
    ///   - pattern: names of tables that are not locked.
    ///   - milliseconds: how long to wait for somebody's lock.
    ///   - body: gets the name under which the snapshot is found, and the snapshot.
    func withExportedSnapshot<T>(
        _ begin: String, _ settings: String = "", besides pattern: String? = nil,
        lockTimeoutMilliseconds milliseconds: Int, _ body: (String, String) throws -> T
    ) throws -> T {
        let tables = try query(
            """
            select coalesce(string_agg(format('%I.%I', n.nspname, c.relname), ', ' order by c.oid), '')
                as names
            from pg_class as c
                join pg_namespace as n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p')
                and c.relpersistence <> 't'
                and n.nspname !~ '^pg_'
                and n.nspname <> 'information_schema'
                and (\(pattern)::text is null or c.relname !~ \(pattern)::text)
            """
        ).first?.string("names")
        return try transaction(begin) {
            try script("set local lock_timeout = \(quoteLiteral("\(milliseconds)ms")); \(settings)")
            do {
                try script("lock table \(tables ?? "") in access share mode")
            } catch let error as PostgresError where error.sqlstate == SQLState.lockNotAvailable {
                throw LockHolder.named(in: error, at: self)
            }
            guard
                let row = try query(
                    "select pg_export_snapshot() as name, pg_current_snapshot() as snapshot"
                ).first
            else { throw PostgresError("no snapshot", database: label) }
            return try body(try row.string("name"), try row.string("snapshot"))
        }
    }

    /// Runs a body under an advisory lock that the session holds meanwhile.
    ///
    /// - Parameters:
    ///   - lock: its two numbers.
    ///   - busy: thrown where somebody else has it.
    func alone<T>(
        _ lock: SQL, else busy: ReplicationError, _ body: () throws -> T
    ) throws -> T {
        let isFree = try query("select pg_try_advisory_lock(\(lock)) as is_free").first?
            .bool("is_free")
        guard isFree ?? false else { throw busy }
        defer {
            if isAlive, !isInTransaction {
                do {
                    try execute("select pg_advisory_unlock(\(lock))")
                } catch {
                    close()
                }
            }
        }
        return try body()
    }
}
