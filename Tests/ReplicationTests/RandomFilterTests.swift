import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Random work around a filter that is set, changed and removed meanwhile: A is its home, B gets a part
/// of the rows, and of some the column `hid` or not, C is behind B, and D another neighbour of A; files go
/// between them beside syncs. In the end B and C have what the filter lets through of A's rows, D has all
/// of them, and nothing is gone but what somebody overwrote who had seen it, or what the history holds.
@Suite struct RandomFilterTests {
    private static let rounds =
        ProcessInfo.processInfo.environment["TROMPE_ROUNDS"].flatMap { Int($0) } ?? 10

    @Test func nothingIsLostOnEitherSideOfAFilter() throws {
        let seed = SeededGenerator.seed()
        var history = try RandomFilter(seed: seed)
        defer { history.remove() }
        do {
            for round in 1...Self.rounds {
                if round.isMultiple(of: 3) { try history.setFilter() }
                try history.change()
                try history.syncSomething()
                if round.isMultiple(of: 10) || round == Self.rounds {
                    let problems = try history.settle()
                    #expect(problems.isEmpty, "TROMPE_SEED=\(seed), round \(round): \(problems)")
                    if !problems.isEmpty { break }
                }
            }
        } catch {
            Issue.record("TROMPE_SEED=\(seed): \(error)")
        }
    }
}

extension RandomFilter {
    /// A file is made, or carried out. What it shows is what its source had when it was made.
    mutating func moveFile() throws {
        let move = try files.move(in: tree, over: tree.edges + [(1, 2), (1, 2)], using: &random)
        guard let move else { return }
        if move.isCarried {
            if let shown = filed[move.number] { seen[move.edge.1] = shown }
        } else if move.edge == (1, 2) {
            filed[move.number] = try hidden(sessions[0])
        } else if move.edge == (2, 3) {
            filed[move.number] = seen[2, default: [:]]
        }
    }

    func remove() {
        for session in sessions { session.close() }
        do { try tree.remove() } catch { Issue.record(error) }
    }

    /// What stands in `hid`, by the keys.
    func hidden(_ session: Connection) throws -> [Int: Int] {
        Dictionary(
            try session.query("select id, hid from public.item where hid is not null").map {
                (try $0.int("id"), try $0.int("hid"))
            }, uniquingKeysWith: { first, _ in first })
    }

    func keys(_ session: Connection) throws -> Set<Int> {
        Set(try session.query("select id from public.item").map { try $0.int("id") })
    }
}
