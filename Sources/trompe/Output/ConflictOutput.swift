import Replication

/// The conflict history, for a person and for a machine.
enum ConflictOutput {
    /// One line each.
    static func list(_ conflicts: [Conflict]) {
        if conflicts.isEmpty { Console.print("no conflicts") }
        for conflict in conflicts {
            Console.print(
                "\(conflict.id.prefix(8))  \(conflict.decidedAt)  \(conflict.table) "
                    + "\(conflict.key)  node \(conflict.winner.origin) won over node "
                    + "\(conflict.loser.origin) (\(conflict.policy))")
        }
    }

    /// All of one.
    static func show(_ conflict: Conflict) {
        Console.print("id          \(conflict.id)")
        Console.print("table       \(conflict.table)")
        Console.print("key         \(conflict.key)")
        Console.print("decided     \(conflict.decidedAt) UTC on node \(conflict.decidedBy)")
        Console.print("policy      \(conflict.policy)")
        show("winner", conflict.winner)
        show("loser", conflict.loser)
    }

    private static func show(_ word: String, _ version: Conflict.Version) {
        Console.print(
            word.padding(to: 12) + "made on node \(version.origin) at \(version.changedAt)")
        Console.print("            " + (version.row ?? "(deleted)"))
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// The same as JSON; the rows are texts of JSON, so that no number in them loses a digit.
struct ConflictDocument: Encodable {
    struct Version: Encodable {
        let origin: Int
        let changedAt: String
        let row: String?
    }

    let id: String
    let decidedAt: String
    let decidedBy: Int
    let table: String
    let key: String
    let policy: String
    let winner: Version
    let loser: Version

    init(_ conflict: Conflict) {
        id = conflict.id
        decidedAt = conflict.decidedAt
        decidedBy = conflict.decidedBy
        table = conflict.table
        key = conflict.key
        policy = conflict.policy
        winner = Self.version(conflict.winner)
        loser = Self.version(conflict.loser)
    }

    private static func version(_ version: Conflict.Version) -> Version {
        Version(origin: version.origin, changedAt: version.changedAt, row: version.row)
    }
}
