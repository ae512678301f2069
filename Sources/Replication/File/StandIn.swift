import Foundation
import Postgres

/// A database that stands in for the node that a file came from: it has the node's schema, of its own
/// tables what a direction asks a source for, and the rows that the target is to get. So a direction from
/// it is an ordinary one.
///
/// What it cannot have by itself the header says: the snapshot, whose numbers are those of the node's
/// server, and the offer.
struct StandIn {
    let header: ExportHeader

    /// The answer to what a source is asked for its snapshot.
    var snapshotQuestion: SQL { "select \(header.snapshot)::text as snapshot" }

    /// All are called so, with the number of the process that makes one, and something at random behind.
    static let prefix = "trompe_import_"

    // MARK: - Making one

    /// Makes a database beside the target, fills it, runs the body, and removes it, whatever happens.
    static func with<T>(
        _ reader: ExportReader, beside target: Connection, through own: String?,
        _ body: (Connection) throws -> T
    ) throws -> T {
        if let own { return try with(reader, in: own, target, body) }
        let name = "\(prefix)\(target.backendPID)_\(UUID().uuidString.prefix(8).lowercased())"
        try create(name, beside: target)
        let result = Result { () throws -> T in
            let filled = try target.beside(database: name, label: name)
            defer { filled.close() }
            let header = try fill(filled, from: reader)
            // The script has changed the session's settings.
            filled.close()
            let connection = try target.beside(database: name, label: header.from.name)
            defer { connection.close() }
            return try body(connection)
        }
        if target.isAlive, !target.isInTransaction {
            // The next import removes what is left.
            _ = Result { try target.execute("drop database if exists \(id: name) with (force)") }
        }
        return try result.get()
    }

    /// The same in an empty database that a person has made for it, who removes it, too.
    private static func with<T>(
        _ reader: ExportReader, in own: String, _ target: Connection,
        _ body: (Connection) throws -> T
    ) throws -> T {
        let filled = try Connection(own)
        guard try filled.isEmptyDatabase() else {
            throw ReplicationError.fileRefused(
                file: filled.label, because: "the database is not empty",
                hint: "nothing was changed; give an empty one, which is used once: createdb NAME")
        }
        let header = try fill(filled, from: reader)
        filled.close()
        let connection = try Connection(own, label: header.from.name)
        defer { connection.close() }
        return try body(connection)
    }

    /// A database that compares texts as the target does. Its locale is of no matter to rows and keys.
    private static func create(_ name: String, beside target: Connection) throws {
        let rows = try target.query(
            """
            select pg_encoding_to_char(d.encoding) as encoding, d.datcollate as collate,
                d.datctype as ctype
            from pg_database as d
            where d.datname = current_database()
            """)
        guard let row = rows.first else { return }
        do {
            try target.execute(
                """
                create database \(id: name) template template0
                    encoding \(literal: try row.string("encoding"))
                    locale_provider libc
                    lc_collate \(literal: try row.string("collate"))
                    lc_ctype \(literal: try row.string("ctype"))
                """)
        } catch let error as PostgresError
            where error.sqlstate == SQLState.insufficientPrivilege
        {
            throw ReplicationError.fileRefused(
                file: target.label,
                because: "the role \(target.user) may not make the database that stands in for "
                    + "the other node",
                hint:
                    "nothing was changed; alter role \(quoteIdentifier(target.user)) createdb; or "
                    + "have an empty one made, and name it with --through")
        }
    }

    /// Those of imports whose process is gone.
    static func removeLeftovers(_ target: Connection) throws {
        let names = try target.query(
            """
            select d.datname as name
            from pg_database as d
            where d.datname ~ \("^\(prefix)[0-9]+_[0-9a-f]{8}$")
                and pg_has_role(d.datdba, 'usage')
                and not exists (
                    select
                    from pg_stat_activity as a
                    where a.pid = split_part(d.datname, '_', 3)::int
                )
            """
        ).map { try $0.string("name") }
        for name in names {
            try target.execute("drop database if exists \(id: name) with (force)")
        }
    }

    // MARK: - Filling it

    /// Things of a schema without which a stand-in mostly is as good: what fails is left out.
    private static let dispensable = [
        "VIEW", "MATERIALIZED VIEW", "RULE", "FUNCTION", "PROCEDURE", "AGGREGATE", "EXTENSION",
        "OPERATOR", "CAST", "INDEX", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY",
    ]

    /// Reads the file for the second time. What it says is carried out here alone, and all is lost with the
    /// database if it proves not to be whole.
    private static func fill(_ connection: Connection, from reader: ExportReader) throws
        -> ExportHeader
    {
        let header = try reader.begin()
        try connection.script(
            """
            set session_replication_role = replica;
            set synchronous_commit = off;
            set check_function_bodies = off;
            set client_min_messages = warning;
            set search_path = ''
            """)
        var hasChecks = true
        while let (frame, payload) = try reader.next() {
            switch frame {
            case .schema:
                try make(String(decoding: payload, as: UTF8.self), connection, reader.name)
            case .table:
                // The schema comes first.
                if hasChecks { try connection.execute("select replication.drop_checks()") }
                hasChecks = false
                guard let table = reader.decode(ExportedTable.self, payload) else {
                    throw reader.damaged
                }
                do {
                    try copy(table, reader, connection)
                } catch let error as PostgresError
                    where ["0A", "22", "23", "42", "P0"].contains(error.sqlstate?.prefix(2))
                {
                    throw ReplicationError.fileRefused(
                        file: reader.name,
                        because: "rows of table \(table.schema).\(table.name) cannot be unpacked "
                            + "here: \(error.message)",
                        hint:
                            "nothing was changed; this server lacks what they need, or a generated "
                            + "column or a domain looks into other tables, which are not in the "
                            + "file: sync")
                }
            case .header, .data, .endOfTable, .digest: throw reader.damaged
            }
        }
        try connection.execute(
            """
            update replication.self
            set database = (select d.oid from pg_database as d where d.datname = current_database())
            """)
        for (table, columns) in header.orders {
            try connection.execute(
                "select replication.follow_order(\(table)::regclass, \(columns)::text[])")
        }
        return header
    }

    private static func make(_ text: String, _ connection: Connection, _ file: String) throws {
        let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        // Every database has it.
        if parts[0] == "SCHEMA", parts[1].contains("CREATE SCHEMA public;") { return }
        do {
            try connection.script(String(parts[1]))
        } catch let error as PostgresError where !error.isConnectionFailure {
            if dispensable.contains(String(parts[0])) { return }
            throw ReplicationError.fileRefused(
                file: file,
                because: "its schema cannot be made here (\(parts[0].lowercased())): "
                    + error.message,
                hint:
                    "nothing was changed; this server may be too old for it, lack an extension, or "
                    + "forbid it to the role \(connection.user): where that cannot be mended, sync")
        }
    }

    private static func copy(
        _ table: ExportedTable, _ reader: ExportReader, _ connection: Connection
    ) throws {
        let columns = table.columns.map { "\(id: $0)" as SQL }.joined(separator: ", ")
        let name: SQL = "\(id: [table.schema, table.name])"
        let rows = try connection.copyIn(
            """
            copy \(name) (\(columns)) from stdin \
            \(table.isBinary ? "with (format binary)" : "" as SQL)
            """
        ) {
            guard let (frame, payload) = try reader.next() else { throw reader.damaged }
            switch frame {
            case .data: return payload
            case .endOfTable: return nil
            default: throw reader.damaged
            }
        }
        if table.schema == "replication", table.name == "stand_in_object" {
            try connection.execute(
                "select lo_create(o.lo::oid) from replication.stand_in_object as o")
        }
        if table.schema == "replication", table.name == "object_piece" {
            try connection.execute(
                """
                select replication.set_object_size(o.lo::oid, o.size)
                from replication.stand_in_object as o
                """)
        } else if rows > 0 {
            try connection.execute("analyze \(name)")
        }
    }
}
