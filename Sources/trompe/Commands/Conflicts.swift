import ArgumentParser
import Postgres
import Replication

/// `trompe conflicts`: the history of rows that were changed on two sides, and what can be done
/// about them.
struct Conflicts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts",
        abstract: "Show conflicts, put back a version that lost, or prune old ones.",
        usage: """
            trompe conflicts <database> [list] [--table <table>] [--since <time>] [--limit <n>]
            trompe conflicts <database> show <id>
            trompe conflicts <database> restore <id> [--force]
            trompe conflicts <database> prune --older-than <age>
            trompe conflicts <database> waiting
            """,
        discussion: """
            restore puts the losing version back as a new change, which replicates. Where the row is \
            no longer as the conflict left it, it shows the difference and wants --force.

            prune removes old conflicts from this database alone; the other nodes keep theirs.

            waiting lists the rows of neighbours that a constraint of this database forbids; each sync \
            asks for them again. list ends with them too.

            Each prints JSON with --json: list the conflicts alone, waiting the rows.
            """)

    /// What to do.
    enum Action: String, ExpressibleByArgument, CaseIterable {
        case list
        case show
        case restore
        case prune
        case waiting

        /// Whether it is about one conflict.
        var needsID: Bool { self == .show || self == .restore }
    }

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Argument(help: "list, show, restore, prune or waiting.")
    var action: Action = .list

    @Argument(help: "For show and restore: the id of a conflict, or its beginning.")
    var id: String?

    @Option(help: "For list: conflicts and waiting rows of this table only.")
    var table: String?

    @Option(help: "For list: decided then or later, in UTC.")
    var since: String?

    @Option(help: "For list: at most so many, the newest first.")
    var limit: Int?

    @Flag(help: "For restore: overwrite what was changed since.")
    var force = false

    @Option(help: "For prune: those decided longer ago, such as 30d or 12h.")
    var olderThan: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        if action.needsID != (id != nil) {
            throw ValidationError("Give an id with show and restore, and only with them.")
        }
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
        if action != .list, table != nil || since != nil || limit != nil {
            throw ValidationError("--table, --since and --limit are for list.")
        }
        if force, action != .restore { throw ValidationError("--force is for restore.") }
        if (action == .prune) != (olderThan != nil) {
            throw ValidationError("Give --older-than with prune, and only with it.")
        }
    }

    func run() throws {
        let connection = try Connection(database)
        guard action == .restore || action == .prune else {
            return try connection.looking { try run(connection) }
        }
        try run(connection)
    }

    private func run(_ connection: Connection) throws {
        let node = try Node(connection)
        switch action {
        case .list:
            let found = try Conflict.all(
                connection, table: table, since: since, limit: limit ?? 1_000)
            if json {
                try Json.print(found.map(ConflictDocument.init))
            } else {
                ConflictOutput.list(found)
                WaitingOutput.show(try WaitingRow.all(connection, table: table))
            }
        case .show:
            let conflict = try Conflict.find(connection, id: id ?? "")
            if json {
                try Json.print([ConflictDocument(conflict)])
            } else {
                ConflictOutput.show(conflict)
            }
        case .waiting:
            let rows = try WaitingRow.all(connection)
            if json {
                try Json.print(rows.map(WaitingDocument.init))
            } else {
                if rows.isEmpty { Console.print("no rows wait") }
                WaitingOutput.show(rows)
            }
        case .restore:
            try restore(try Conflict.find(connection, id: id ?? ""), connection)
        case .prune:
            let counts = try Conflict.prune(connection, olderThan: olderThan ?? "")
            if json {
                try Json.print(PruneDocument(pruned: counts.pruned, kept: counts.kept))
            } else {
                ConflictOutput.showPruned(counts.pruned, kept: counts.kept, node: node.name)
            }
        }
    }

    /// The difference is a result, and stands on stdout also where it is the reason to refuse.
    private func restore(_ conflict: Conflict, _ connection: Connection) throws {
        let restoration = try conflict.restore(connection, isForced: force)
        if json {
            try Json.print(RestorationDocument(conflict, restoration))
        } else {
            ConflictOutput.show(restoration, of: conflict)
        }
        guard restoration.outcome == .refused else { return }
        throw ReplicationError.movedOn(
            database: connection.label, id: String(conflict.id.prefix(8)), table: conflict.table,
            isOfTwoKeys: conflict.winnerKey != nil)
    }
}
