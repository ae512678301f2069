import Foundation
import Postgres

/// The steps of a clone that can be interrupted.
extension Clone {
    /// What its programs are called, so that those of a run that was ended are found.
    private func sessions(_ identity: String) -> String { "trompe clone \(identity)" }

    /// Ends what an earlier run has left running, its programs' sessions: they could go on writing to what
    /// this run clears.
    func endOldSessions(_ identity: String) throws {
        for side in [source, target] {
            let ended: SQL = """
                select pg_terminate_backend(pid, 10000) as is_gone
                from pg_stat_activity
                where datname = current_database()
                    and application_name = \(sessions(identity))
                """
            // A program whose sessions end one by one may begin another.
            while try !side.query(ended).isEmpty {}
        }
    }

    /// Whether the target is the node already.
    func isRestored(_ identity: String) throws -> Bool {
        guard try Node.installedVersion(target) != nil, try !isMarked() else { return false }
        let rows = try target.query("select identity from replication.self")
        guard try rows.first?.string("identity") == identity else {
            throw ReplicationError.notClonable(
                database: target.label, because: "it is a node already",
                hint: "nothing was changed; make a new database for the clone: createdb NAME")
        }
        return true
    }

    // MARK: - Dump

    /// How often a dump is begun, where users change the schema all the time.
    private static let tries = 5

    /// Dumps the source as one snapshot shows it, and notes what else of it is needed.
    func makeDump(
        into folder: DumpFolder, _ identity: String, _ programs: DumpPrograms
    ) throws -> DumpFolder.Dump {
        for _ in 1...Self.tries {
            var isInTheWay = false
            do {
                return try makeDump(into: folder, identity, programs, isInTheWay: &isInTheWay)
            } catch let error as PostgresError {
                // Whoever was held up goes on meanwhile. A table may be dropped before it is locked.
                guard isInTheWay || error.sqlstate == SQLState.undefinedTable else { throw error }
                logger.debug("the dump is begun again: somebody changes a table")
            }
        }
        throw ReplicationError.tooBusy(database: source.label, table: nil)
    }

    private func makeDump(
        into folder: DumpFolder, _ identity: String, _ programs: DumpPrograms,
        isInTheWay: inout Bool
    ) throws -> DumpFolder.Dump {
        let name = try folder.newFolder()
        let snapshot = try source.withExportedSnapshot(
            "begin isolation level repeatable read read only",
            lockTimeoutMilliseconds: options.lockTimeoutMilliseconds
        ) { exported, snapshot in
            try write(Self.objects, to: folder.file("\(name).objects"))
            try write(Self.columns, to: folder.file("\(name).columns"))
            do {
                try programs.run(
                    "pg_dump",
                    [
                        "--format=directory", "--file=\(folder.file(name))",
                        "--jobs=\(options.jobs)", "--snapshot=\(exported)",
                        "--no-subscriptions", "--no-tablespaces",
                        "--exclude-table-data=replication.staged_*",
                    ], on: source, named: sessions(identity)
                ) {
                    isInTheWay = endDeadlock(identity) || isInTheWay
                    onStep(.dumping(bytes: folder.size(of: name)))
                }
            } catch {
                // Its sessions give up where somebody waits between the locks of two of them.
                isInTheWay = isInTheWay || isWaitedFor()
                throw error
            }
            return snapshot
        }
        // Durably, as before the end of any direction, and before the dump counts as whole.
        let dump = DumpFolder.Dump(
            identity: identity, snapshot: snapshot, token: try offer(), folder: name)
        try folder.write(dump)
        return dump
    }

    /// Ends pg_dump where it waits for somebody who waits for us: whoever asks for a table between our lock
    /// and pg_dump's. No server sees such a circle, as we wait for a program. Answers whether it was so.
    private func endDeadlock(_ identity: String) -> Bool {
        isAnswered(
            """
            select pg_terminate_backend(p.pid)
            from pg_stat_activity as p
                cross join unnest(pg_blocking_pids(p.pid)) as w (pid)
            where p.datname = current_database()
                and p.application_name = \(sessions(identity))
                and pg_backend_pid() = any (pg_blocking_pids(w.pid))
            """)
    }

    /// Whether somebody waits for a table that we have locked.
    private func isWaitedFor() -> Bool {
        isAnswered(
            """
            select true
            from pg_locks as w
            where not w.granted
                and pg_backend_pid() = any (pg_blocking_pids(w.pid))
            """)
    }

    private func isAnswered(_ question: SQL) -> Bool {
        let answers = Result {
            try source.queries(["select pg_stat_clear_snapshot()", question])
        }
        // A session that is no more says so by its next statement.
        guard case .success(let rows) = answers else { return false }
        return rows.last?.isEmpty == false
    }

    /// Whether the source still holds the offer that came with a dump.
    func isOffered(_ dump: DumpFolder.Dump) throws -> Bool {
        let rows = try source.query(
            """
            select true
            from replication.offer
            where neighbour = \(options.number)
                and offered = \(dump.token)::uuid
            """)
        return !rows.isEmpty
    }

    /// The marks of all large objects.
    private static let objects: SQL = """
        copy (
            select m.oid::bigint, replication.object_mark(m.oid)
            from pg_largeobject_metadata as m
        ) to stdout
        """

    /// The columns whose numbers stand in the registry.
    private static let columns: SQL = """
        copy (
            select r.tablename, a.attname, l.list
            from replication.relation as r
                cross join lateral (
                    values ('objects', r.objects), ('no_objects', r.no_objects),
                        ('found_objects', r.found_objects)
                ) as l (list, numbers)
                join pg_attribute as a on a.attrelid = r.relid and a.attnum = any (l.numbers)
        ) to stdout
        """

    private func write(_ statement: SQL, to file: String) throws {
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw PostgresError("cannot write \(file)", database: "clone") }
        defer { handle.closeFile() }
        try source.copyOut(statement) { line in try handle.write(contentsOf: Data(line)) }
        try handle.synchronize()
    }

    // MARK: - Restore

    private func isMarked() throws -> Bool {
        try target.query(
            "select to_regclass('trompe_clone.state') is not null as yes"
        ).first?.bool("yes") ?? false
    }

    /// Fills the target, and makes it a node.
    func restore(
        _ dump: DumpFolder.Dump, _ folder: DumpFolder, _ identity: String, _ programs: DumpPrograms
    ) throws {
        if try isMarked() {
            onStep(.clearing)
            try clear(identity)
        } else {
            guard try isEmpty() else { throw notEmpty }
            try target.script(
                """
                create schema trompe_clone;
                create table trompe_clone.state (identity uuid primary key);
                insert into trompe_clone.state values (\(quoteLiteral(identity)))
                """)
        }
        try programs.run(
            "pg_restore",
            [
                "--jobs=\(options.jobs)", "--exit-on-error", "--no-tablespaces",
                folder.file(dump.folder),
            ], on: target, named: sessions(identity),
            // Event triggers are made last, but the refresh of a materialized view comes behind them.
            // They would leave it alone; a pooler takes no settings.
            settings: target.isSuperuser && !target.isPooled
                ? "-c session_replication_role=replica" : ""
        ) { tickRestoring() }
        onStep(.numbering)
        try become(dump, folder)
    }

    private func tickRestoring() {
        // Nothing depends on it but what a person reads.
        if case .success(let bytes) = Result(catching: { try size() }) {
            onStep(.restoring(bytes: bytes))
        }
    }

    /// One transaction: before it, the database is not whole; behind it, it is the node.
    private func become(_ dump: DumpFolder.Dump, _ folder: DumpFolder) throws {
        try target.script(
            """
            create temporary table source_object (lo bigint, mark bigint);
            create temporary table source_column (tablename text, name text, list text)
            """)
        for (name, table) in [("objects", "source_object"), ("columns", "source_column")] {
            try target.copyIn(
                "copy pg_temp.\(raw: table) from stdin",
                lines: FileLines(folder.file("\(dump.folder).\(name)")))
        }
        try target.transaction {
            try target.execute("set local synchronous_commit = on")
            try target.execute(
                """
                select replication.become_clone(\(options.number)::int, \(try name(known: dump)),
                    \(dump.identity)::uuid, \(sourceNode.number)::int, \(sourceNode.name),
                    \(sourceNode.identity)::uuid, \(options.sourceService)::text,
                    \(dump.snapshot)::pg_snapshot, \(dump.token)::uuid)
                """)
            // The other nodes have never had it.
            try target.execute("select replication.pause_ddl()")
            try target.script(
                "set local client_min_messages = warning; drop schema trompe_clone cascade")
        }
        try target.script("drop table pg_temp.source_object, pg_temp.source_column")
    }

    /// The name that the source knows, should this run have been given another one.
    private func name(known dump: DumpFolder.Dump) throws -> String {
        try Neighbour.all(source, number: options.number).first?.name ?? ""
    }

    /// The source offers what the dump shows.
    private func offer() throws -> String {
        try source.transaction {
            try source.execute("set local synchronous_commit = on")
            return try source.query(
                "select replication.make_offer(\(options.number)::int, null, null) as token"
            ).first?.string("token") ?? ""
        }
    }

    // MARK: - At the end

    /// Tells the source that the node is one.
    func finish(_ identity: String) throws {
        guard let known = try Neighbour.all(target, number: sourceNode.number).first else {
            throw PostgresError("the clone does not know its source", database: target.label)
        }
        try source.transaction {
            try source.execute("set local synchronous_commit = on")
            try source.execute(
                """
                select replication.end_clone(\(options.number)::int,
                    \(known.received?.text)::pg_snapshot, \(known.receivedToken)::uuid)
                """)
        }
    }
}
