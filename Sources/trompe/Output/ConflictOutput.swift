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
        if let claimed = conflict.claimed {
            Console.print("claimed     \(claimed), by rows of two keys")
        }
        show("winner", conflict.winner)
        show("loser", conflict.loser)
    }

    /// What a restoration did, and what was otherwise than the conflict had left it.
    static func show(_ restoration: Conflict.Restoration, of conflict: Conflict) {
        let isRefused = restoration.outcome == .refused
        for difference in restoration.differences {
            // Of a conflict between two keys nobody knows what it left under the one that lost.
            let left =
                conflict.winnerKey == nil ? "the conflict left \(text(difference.winner)), " : ""
            Console.print(
                "\(difference.column): \(isRefused ? "now" : "was") \(text(difference.present)), "
                    + "\(left)the losing version has \(text(difference.loser))")
        }
        guard !isRefused else { return }
        let done =
            restoration.outcome == .unchanged ? "is so already" : restoration.outcome.rawValue
        Console.print("\(conflict.table) \(conflict.key): the losing version \(done)")
    }

    private static func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "NULL" }

    /// What went, and what could not go yet.
    static func showPruned(_ pruned: Int, kept: Int, node: String) {
        Console.print("\(node): pruned \(SyncOutput.counted(pruned, "conflict"))")
        guard kept > 0 else { return }
        Console.print(
            "\(SyncOutput.counted(kept, "conflict")) as old stay until every neighbour has been told"
                + " of them")
    }

    private static func show(_ word: String, _ version: Conflict.Version) {
        Console.print(
            word.padding(to: 12) + "made on node \(version.origin) at \(version.changedAt)")
        Console.print("            " + (version.row ?? "(deleted)"))
    }
}

extension String {
    /// With blanks behind it, so that what follows begins in one column.
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}

/// A restoration as JSON.
struct RestorationDocument: Encodable {
    struct Difference: Encodable {
        let column: String
        let winner: String?
        let present: String?
        let loser: String?
    }

    let id: String
    let table: String
    let outcome: String
    let differences: [Difference]

    init(_ conflict: Conflict, _ restoration: Conflict.Restoration) {
        id = conflict.id
        table = conflict.table
        outcome = restoration.outcome.rawValue
        differences = restoration.differences.map { difference in
            Difference(
                column: difference.column, winner: difference.winner,
                present: difference.present, loser: difference.loser)
        }
    }
}

/// A pruning as JSON.
struct PruneDocument: Encodable {
    let pruned: Int
    let kept: Int
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
    let claimed: String?
    let winnerKey: String?
    let winner: Version
    let loser: Version

    init(_ conflict: Conflict) {
        id = conflict.id
        decidedAt = conflict.decidedAt
        decidedBy = conflict.decidedBy
        table = conflict.table
        key = conflict.key
        policy = conflict.policy
        claimed = conflict.claimed
        winnerKey = conflict.winnerKey
        winner = Self.version(conflict.winner)
        loser = Self.version(conflict.loser)
    }

    private static func version(_ version: Conflict.Version) -> Version {
        Version(origin: version.origin, changedAt: version.changedAt, row: version.row)
    }
}
