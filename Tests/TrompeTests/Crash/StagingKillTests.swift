import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Postgres

/// The program dies by SIGKILL while it stages a large backlog, between two pieces or in one. A plain
/// rerun uses what was staged, and ends as if nothing had happened.
@Suite struct StagingKillTests {
    private static let rows = 120
    private static let bytesPerRow = 100_000

    /// When it dies: at so many rows on their way into B, or at the end of so many pieces, of which
    /// the last one arrives or does not.
    enum Moment: Sendable {
        case row(Int)
        case endOfPiece(Int)
        case answer(Int)
    }

    @Test func whatWasStagedIsUsed() throws {
        try withTree(2, schema: bigTable) { tree in
            try tree.sync((1, 2))
            try tree[1].psql(bigRows(Self.rows, bytes: Self.bytesPerRow))
            // As after a try that came to nothing: where the other side is near, the first one is.
            try tree[2].psql("update replication.neighbour set was_tried = true")
            let proxies = try tree.nodes.map { try Proxy($0.conninfo) }
            defer { for proxy in proxies { proxy.close() } }
            let arguments = ["sync", "--verbose"] + proxies.map(\.conninfo)
            var before = 0
            var changed: Set<Int> = []
            for moment in [Moment.row(35), .endOfPiece(2), .answer(2), .row(3)] {
                let said = try killed(arguments, proxies, at: moment)
                #expect(said.contains("goes on where it stopped") == (before > 0), "\(moment)")
                let count = try stagedRows(tree)
                // A piece has 11 rows. One that was on its way is lost; of those that B had none is.
                switch moment {
                case .row(let number): #expect(count - before == number / 12 * 11, "\(moment)")
                case .endOfPiece(let number): #expect(count - before == (number - 1) * 11)
                case .answer(let number): #expect(count - before == number * 11)
                }
                before = count
                // In front of and behind the place where it stopped.
                changed.formUnion([before, Self.rows - before])
                try tree[1].psql(
                    "update big set data = 'x' where id in (\(before), \(Self.rows - before))")
            }
            let bytes = proxies[1].bytes
            let run = try KilledRun.again(arguments)
            #expect(run.status == 0 && run.said.contains("moved \(Self.rows) rows"), "\(run.said)")
            #expect(run.said.contains("goes on where it stopped: \(before) rows"), "\(run.said)")
            #expect(proxies[1].bytes - bytes < (Self.rows - before + 1) * Self.bytesPerRow)
            #expect(try tree[1].contents() == tree[2].contents())
            #expect(
                try tree[2].psql("select count(*) from big where data = 'x'")
                    == "\(changed.count)\n")
            #expect(
                try tree[2].psql("select count(*) from pg_class where relname ~ '^staged_'")
                    == "0\n")
        }
    }

    private func stagedRows(_ tree: TestTree) throws -> Int {
        let id = try tree[2].psql("select id from replication.staging").dropLast()
        let count = try tree[2].psql("select count(*) from replication.staged_\(id)").dropLast()
        return try #require(Int(count))
    }

    /// Runs the program until the moment has come; returns what it said. Again while the edge is
    /// busy: a server process that works for an agent that is no more is given a moment to notice.
    private func killed(
        _ arguments: [String], _ proxies: [Proxy], at moment: Moment
    ) throws -> String {
        let state = Mutex((pid: pid_t?.none, left: 0))
        proxies[1].rule { passage in
            guard passage.statement.hasPrefix("copy replication.staged_") else { return .pass }
            let (isMeant, number) =
                switch moment {
                case .row(let number): (passage.kind == .row, number)
                case .endOfPiece(let number): (passage.kind == .statement, 2 * number)
                case .answer(let number): (passage.kind == .answer, number)
                }
            let count = state.withLock { state in
                state.left += isMeant ? 1 : 0
                return state.left
            }
            guard count >= number else { return .pass }
            while true {
                if let pid = state.withLock({ $0.pid }) {
                    kill(pid, SIGKILL)
                    return .cut
                }
                usleep(1_000)
            }
        }
        defer { proxies[1].rule { _ in .pass } }
        let folder = FileManager.default.temporaryDirectory.path
        let output = folder + "/" + UUID().uuidString
        defer { unlink(output) }
        var status: Int32 = 75
        for _ in 0..<200 where status == 75 {
            usleep(20_000)
            let child = try ChildProcess([DemoRun.program] + arguments, in: folder, output: output)
            state.withLock { $0.pid = child.pid }
            status = child.wait()
        }
        #expect(status == 128 + SIGKILL)
        let said = FileManager.default.contents(atPath: output) ?? Data()
        return String(decoding: said, as: UTF8.self)
    }
}
