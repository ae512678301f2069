import ArgumentParser
import Foundation
import Postgres
import Replication

/// `trompe ddl`: changes of schema, and what to do about one that cannot be carried out.
struct Ddl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ddl",
        abstract: "Change the schema on all nodes, or list such changes.",
        usage: """
            trompe ddl <database> <sql>
            trompe ddl <database> --file <file>
            trompe ddl <database> [--json]
            trompe ddl <database> --skip <id>
            """,
        discussion: """
            Statements are carried out on this database in one transaction, and on the others by the \
            next syncs. Where event triggers capture changes of schema (trompe install run by a \
            superuser), any other way to make them does as well.

            Without a statement it lists the changes that this database knows.

            --skip lets a change that a failed sync has named count as done on this database; do by \
            hand what it should do, if anything.
            """)

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Argument(help: "One or more statements that change the schema.")
    var sql: String?

    @Option(name: .shortAndLong, help: "Read them from a file; - for standard input.")
    var file: String?

    @Option(help: "The id of a change that shall not be carried out here.")
    var skip: String?

    @Flag(help: "List the changes as JSON.")
    var json = false

    func validate() throws {
        guard [sql, file, skip].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("Give statements, --file or --skip, one of them.")
        }
        if let skip, UUID(uuidString: skip) == nil {
            throw ValidationError("--skip takes the id that the failed sync has named.")
        }
    }

    func run() throws {
        let statements = try file.map(Self.read) ?? sql
        if let statements, statements.allSatisfy({ $0.isWhitespace || $0 == ";" }) {
            throw ValidationError("There is no statement.")
        }
        let connection = try Connection(database)
        _ = try Node(connection)
        if let skip {
            try SchemaChange.skip(connection, uid: skip)
            Console.print(
                "\(connection.label): \(skip) counts as done here, whichever neighbour sends it; "
                    + "sync again")
        } else if let statements {
            let count = try SchemaChange.make(connection, statements)
            Console.print(
                "\(connection.label): \(SyncOutput.counted(count, "statement")) carried out; "
                    + "the next syncs bring them to the other nodes")
        } else {
            try list(connection)
        }
    }

    private static func read(_ path: String) throws -> String {
        if path == "-" {
            return String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path) cannot be read.")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private func list(_ connection: Connection) throws {
        let changes = try SchemaChange.known(connection)
        if json { return try Json.print(changes.map(SchemaChangeDocument.init)) }
        if changes.isEmpty { Console.print("no changes of schema") }
        for change in changes {
            Console.print("\(change.uid)  \(change.changedAt) UTC  node \(change.origin)")
            Console.print("    \(change.isSkipped ? "skipped" : change.line)")
        }
    }
}

/// A change of schema as JSON.
private struct SchemaChangeDocument: Encodable {
    let id: String
    let changedAt: String
    let origin: Int
    let tag: String
    let role: String
    let statement: String?
    let skipped: Bool

    init(_ change: SchemaChange) {
        id = change.uid
        changedAt = change.changedAt
        origin = change.origin
        tag = change.tag
        role = change.role
        statement = change.statement
        skipped = change.isSkipped
    }
}
