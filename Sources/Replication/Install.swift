import Postgres

/// Makes a database a node, and takes it back.
public enum Installation {
    /// What an installation did.
    public struct Report: Sendable, Hashable {
        /// The node, whether it was there before or not.
        public let node: Node
        /// The tables that are replicated now, `schema.table`.
        public let attached: [String]
        /// Tables whose capture had been broken, and was restored: all their rows are sent again.
        public let mended: [String]
        /// Tables that cannot be replicated, with the reason.
        public let unattached: [String]
        /// What a person should know, such as sequences that are nearly used up.
        public let warnings: [String]
    }

    /// Installs the schema and attaches every table that has a key, each in a short transaction of
    /// its own under a lock timeout, so that a live application is not held up. Run again, it goes
    /// on where it stopped, and restores capture that was broken.
    ///
    /// - Parameters:
    ///   - number: the node number, 1 to the modulus.
    ///   - name: what people call the node; the database's name unless given.
    ///   - modulus: the M of the tree; of an installation that is there unless given, else 100.
    ///   - objectColumns: columns that hold numbers of large objects, each `table.column` or
    ///     `schema.table.column`.
    ///   - lockTimeoutMilliseconds: how long to wait for a table before going on to the next.
    /// - Throws: `ReplicationError`; `.notAttached` where tables were locked all the time.
    public static func install(
        _ connection: Connection, number: Int, name: String? = nil, modulus: Int? = nil,
        objectColumns: [String] = [], lockTimeoutMilliseconds: Int = 2_000
    ) throws -> Report {
        try install(
            connection, number: number, name: name, modulus: modulus, objectColumns: objectColumns,
            lockTimeoutMilliseconds: lockTimeoutMilliseconds, isPrepared: false)
    }

    /// Makes the schema alone, in which there is no node yet: for a template of many databases, which
    /// are made into nodes in half of the time then.
    package static func prepare(_ connection: Connection) throws {
        try connection.transaction {
            for file in Schema.files { try connection.script(file.text) }
        }
    }

    /// - Parameter isPrepared: this program's `prepare` was run in it, or in its template.
    package static func install(
        _ connection: Connection, number: Int, name: String? = nil, modulus: Int? = nil,
        objectColumns: [String] = [], lockTimeoutMilliseconds: Int = 2_000, isPrepared: Bool
    ) throws -> Report {
        try Node.checkServer(connection)
        try Node.checkPrimary(connection)
        // Of another version or build nothing is touched.
        if try Node.installedVersion(connection) != nil {
            _ = try Node(connection)
        } else {
            try Rights.checkForInstalling(connection)
        }
        try connection.transaction {
            try makeSchema(
                connection, number: number, name: name, modulus: modulus, isPrepared: isPrepared)
            for name in objectColumns { try ObjectColumn.check(name, connection) }
        }
        let mended = try mend(connection)
        try attachAll(connection, lockTimeoutMilliseconds: lockTimeoutMilliseconds)
        for name in objectColumns { try ObjectColumn.say(name, connection) }
        return Report(
            node: try Node(connection),
            attached: try attachedTables(connection),
            mended: mended,
            unattached: try Status.unattached(connection),
            warnings: try Status.scarceSequences(connection))
    }

    private static func makeSchema(
        _ connection: Connection, number: Int, name: String?, modulus: Int?, isPrepared: Bool
    ) throws {
        try connection.execute("select pg_advisory_xact_lock(hashtext('trompe install'), 0)")
        guard try Node.installedVersion(connection) == nil else {
            try checkSame(connection, number: number, name: name, modulus: modulus)
            return
        }
        let modulus = modulus ?? 100
        guard (2...32_767).contains(modulus), (1...modulus).contains(number) else {
            throw ReplicationError.badNumber(node: number, modulus: modulus)
        }
        if !isPrepared { for file in Schema.files { try connection.script(file.text) } }
        try connection.execute(noteVersion)
        try connection.execute(
            """
            insert into replication.self (number, name, modulus, database, server)
            select \(number)::int, coalesce(\(name)::text, d.datname), \(modulus)::int, d.oid,
                c.system_identifier
            from pg_database as d
                cross join pg_control_system() as c
            where d.datname = current_database()
            """)
        try connection.execute("select replication.make_birthmark()")
        try connection.execute(
            """
            select replication.attach(relid)
            from replication.candidate
            where of_system
            """)
        try connection.execute("select replication.capture_schema_changes()")
        try connection.execute(
            """
            insert into replication.member (number, name, identity)
            select number, name, identity
            from replication.self
            """)
    }

    private static let noteVersion: SQL = """
        insert into replication.version (number, digest) values (\(Schema.version), \(Schema.digest))
        on conflict (number) do update
        set digest = excluded.digest
        where version.digest is distinct from excluded.digest
        """

    private static func checkSame(
        _ connection: Connection, number: Int, name: String?, modulus: Int?
    ) throws {
        let node = try Node(connection)
        guard node.number == number, node.modulus == modulus ?? node.modulus,
            node.name == name ?? node.name
        else {
            throw ReplicationError.installedOtherwise(
                database: connection.label,
                what:
                    "as node \(node.number) with the modulus \(node.modulus) and the name \(node.name)"
            )
        }
    }

    /// Restores the capture of the tables that `replication.verify` would report as broken.
    private static func mend(_ connection: Connection) throws -> [String] {
        let broken = try connection.query(
            """
            select r.relid::text as name
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
            where r.digest is distinct from replication.digest_of(r.id)
                or exists (select from replication.wrong_trigger as w where w.relation = r.id)
            order by 1
            """
        ).map { try $0.string("name") }
        for name in broken {
            try connection.transaction {
                try connection.execute("set local lock_timeout = '10s'")
                try connection.execute("select replication.mend(\(name)::regclass)")
            }
        }
        return broken
    }

    private static func attachAll(_ connection: Connection, lockTimeoutMilliseconds: Int) throws {
        let timeout = "\(lockTimeoutMilliseconds)ms"
        var waiting = try connection.query(
            """
            select c.relid::text as name
            from replication.candidate as c
            where c.reason is null
                and not exists (select from replication.relation as r where r.relid = c.relid)
            order by 1
            """
        ).map { try $0.string("name") }
        var reasons: [String] = []
        for attempt in 0..<5 where !waiting.isEmpty {
            if attempt > 0 { Retry.wait(after: attempt) }
            reasons = []
            waiting = try waiting.filter { name in
                do {
                    try connection.transaction {
                        try connection.script("set local lock_timeout = \(quoteLiteral(timeout))")
                        try connection.execute("select replication.attach(\(name)::regclass)")
                    }
                    return false
                } catch let error as PostgresError
                    where [SQLState.lockNotAvailable, SQLState.deadlockDetected]
                    .contains(error.sqlstate)
                {
                    reasons.append("\(name): \(error.message)")
                    return true
                }
            }
        }
        guard waiting.isEmpty else {
            throw ReplicationError.notAttached(database: connection.label, tables: reasons)
        }
    }

    private static func attachedTables(_ connection: Connection) throws -> [String] {
        try connection.query(
            """
            select format('%I.%I', n.nspname, c.relname) as name
            from replication.relation as r
                join pg_class as c on c.oid = r.relid
                join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname <> 'replication'
            order by 1
            """
        ).map { try $0.string("name") }
    }

    /// Takes everything back: triggers, functions, logs, sequence settings, the schema.
    ///
    /// - Parameter isForced: also where neighbours are linked, which then have to be told.
    public static func uninstall(_ connection: Connection, isForced: Bool = false) throws {
        guard try Node.installedVersion(connection) != nil else {
            throw ReplicationError.notInstalled(database: connection.label)
        }
        let neighbours = try connection.query(
            "select name from replication.neighbour order by number"
        ).map { try $0.string("name") }
        guard isForced || neighbours.isEmpty else {
            throw ReplicationError.stillLinked(database: connection.label, neighbours: neighbours)
        }
        try connection.transaction {
            try connection.execute("set local lock_timeout = '10s'")
            try connection.execute("select replication.release_schema_changes()")
            try connection.execute("select replication.detach(id) from replication.relation")
            try connection.execute("set local client_min_messages = warning")
            try connection.execute("drop schema replication cascade")
        }
    }

    private static func checkOwner(_ connection: Connection) throws {
        let owners = try connection.query(
            """
            select pg_get_userbyid(nspowner) as name
            from pg_namespace
            where nspname = 'replication'
                and not pg_has_role(nspowner, 'USAGE')
            """)
        if let owner = try owners.first?.string("name") {
            throw ReplicationError.schemaOfOthers(database: connection.label, owner: owner)
        }
    }

    /// Brings an older schema up to this program's version: the functions anew, the tables as they
    /// are, and the capture functions made again from the new ones. Returns the version it had.
    public static func upgrade(_ connection: Connection) throws -> Int {
        try Node.checkServer(connection)
        try Node.checkPrimary(connection)
        return try connection.transaction {
            // Another upgrade may be under way, by a newer program.
            try connection.execute("select pg_advisory_xact_lock(hashtext('trompe install'), 0)")
            try checkOwner(connection)
            guard let version = try Node.installedVersion(connection) else {
                throw ReplicationError.notInstalled(database: connection.label)
            }
            guard version <= Schema.version else {
                throw ReplicationError.schemaNewer(database: connection.label, version: version)
            }
            try connection.execute("set local lock_timeout = '10s'")
            try connection.execute("set local client_min_messages = warning")
            for file in Schema.files { try connection.script(file.text) }
            try connection.execute(
                """
                select replication.make_capture_functions(id), replication.make_triggers(id)
                from replication.relation
                """)
            try connection.execute("select replication.remember_shapes()")
            try connection.execute("select replication.capture_schema_changes()")
            try connection.execute(
                """
                select replication.make_birthmark()
                where not exists (select from replication.birthmark)
                """)
            try connection.execute(noteVersion)
            return version
        }
    }
}
