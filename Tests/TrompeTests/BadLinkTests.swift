import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// A backlog of 60 MB over a link that drops every 10 MB: the program, run again and again as cron
/// would, goes on where it stopped. The first try has all come at once, as the other side is near; it is
/// lost.
@Suite struct BadLinkTests {
    private static let rows = 600
    private static let bytesPerRow = 100_000
    private static let bytesUntilCut = 10_000_000

    @Test(arguments: [1, 2])
    func theBacklogArrivesOverALinkThatDrops(behindProxy: Int) throws {
        try withTree(2, schema: bigTable, installing: false) { tree in
            for node in tree.nodes {
                _ = try Installation.install(
                    node.connection, number: node.number, name: node.letter)
            }
            try tree.edge((1, 2)).link()
            try tree.sync((1, 2))
            try tree[1].psql(bigRows(Self.rows, bytes: Self.bytesPerRow))
            let proxy = try Proxy(tree[behindProxy].conninfo)
            defer { proxy.close() }
            proxy.rule { $0.bytes > Self.bytesUntilCut ? .cut : .pass }
            var services = tree.services
            services[tree[behindProxy].letter.lowercased()] = proxy.conninfo
            let tries = try syncUntilDone(services)
            let payload = Self.rows * Self.bytesPerRow
            let ratio = Double(proxy.bytes) / Double(payload)
            print(
                "\(tree[behindProxy].letter) behind the proxy: \(tries) tries, \(ratio) x payload")
            #expect(tries > payload / Self.bytesUntilCut)
            #expect(tries <= 10)
            #expect(proxy.bytes < payload / 10 * 13 + Self.bytesUntilCut)
            let sums = try tree.nodes.map { node in
                try node.psql(
                    "select count(*), md5(string_agg(md5(data), '' order by id)) from big")
            }
            #expect(sums[0] == sums[1])
            #expect(sums[0].hasPrefix("\(Self.rows)|"))
        }
    }

    /// Returns how many runs it took.
    private func syncUntilDone(_ services: [String: String]) throws -> Int {
        for number in 1...12 {
            let run = try Program.run("sync", "a", "b", "--verbose", services: services)
            #expect(number <= 2 || run.errors.contains("goes on where it stopped"))
            if run.status != 75 {
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.output.contains("moved \(Self.rows) rows"))
                return number
            }
            guard number > 1 else { continue }
            let said = run.errors.split(separator: "\n").filter { $0.hasPrefix("trompe: ") }
            #expect(said.contains { $0.contains("staged on B by now: ") }, "\(run.errors)")
            #expect(run.errors.contains("hint: nothing is lost; the next sync goes on from there"))
        }
        Issue.record("it did not come to its end")
        return 0
    }
}
