import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Every scenario under Fixtures, on real servers.
@Suite struct ScenarioTests {
    @Test(arguments: Scenario.all(in: "scenarios") + Scenario.all(in: "scenarios-fk"))
    func scenario(_ scenario: Scenario) throws { try run(scenario, SyncOptions()) }

    /// Some of them with everything staged before each direction, row by row; TROMPE_STAGING_BYTES=0
    /// does it with all.
    @Test(
        arguments: Scenario.all(in: "scenarios").filter { staged.contains($0.name) })
    func stagedScenario(_ scenario: Scenario) throws { try run(scenario, .bitByBit) }

    private static let staged: Set = [
        "claim-three-nodes", "columns-chain", "columns-layout", "columns-unique",
        "conflict-function-merges", "five-node-tree", "foreign-key-cycle", "key-generated",
        "key-nondeterministic", "merge-different", "partitions-truncate",
        "truncate-against-update-chain", "truncate-reload-against-update", "types-user-defined",
    ]

    private func run(_ scenario: Scenario, _ staging: SyncOptions) throws {
        let about = Comment(rawValue: scenario.text("about.txt") ?? scenario.name)
        let tree = try TestTree(
            scenario.nodeCount, edges: scenario.edges, settings: scenario.settings)
        defer { try? tree.remove() }
        for node in tree.nodes {
            if let missing = try lacks(node, scenario) {
                // A server can be built without it; the log of the run says so.
                let skipped = "skipped: scenario \(scenario.name) needs \(missing)"
                print(skipped)
                try Test.cancel(Comment(rawValue: skipped))
            }
        }
        try prepare(tree, scenario, staging)
        for round in scenario.rounds {
            for node in tree.nodes {
                if let text = scenario.text("\(round)-\(node.letter).sql") { try node.psql(text) }
            }
            try tree.syncUntilQuiet(staging) {
                let broken = try tree.brokenForeignKeys()
                #expect(broken.isEmpty, "\(about) - after a sync of round \(round)")
            }
        }
        try check(tree, scenario, about)
    }

    /// What a scenario needs that a node's server was built without; nil where it has all.
    private func lacks(_ node: TestNode, _ scenario: Scenario) throws -> String? {
        if let minimum = scenario.option("minimum").flatMap({ Int($0) }),
            node.connection.serverVersion < minimum
        {
            return "a server of version \(minimum)"
        }
        let probes = [
            "icu":
                "begin; create collation public.probe (provider = icu, locale = 'und'); rollback",
            "xml": "select xmlparse(content '')",
        ]
        guard let need = scenario.option("needs"), let probe = probes[need] else { return nil }
        do {
            try node.psql(probe)
            return nil
        } catch is Psql.Failure {
            return need
        }
    }

    private func prepare(
        _ tree: TestTree, _ scenario: Scenario, _ staging: SyncOptions
    ) throws {
        for node in tree.nodes {
            let own = scenario.text("schema-\(node.letter).sql")
            try node.psql(own ?? scenario.text("schema.sql") ?? "")
            if let text = scenario.text("0-\(node.letter).sql") { try node.psql(text) }
        }
        try tree.install()
        for line in scenario.lines("policy.txt") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            try setPolicy(
                tree[1].connection, table: words[0], policy: words[1],
                argument: words.count > 2 ? words[2] : nil)
        }
        var options = staging
        options.merges = scenario.option("merge") != nil
        try tree.syncUntilQuiet(options)
    }

    private func check(_ tree: TestTree, _ scenario: Scenario, _ about: Comment) throws {
        let expected = scenario.text("expect.txt") ?? ""
        let wanted = scenario.option("conflicts").flatMap { Int($0) } ?? 0
        let first = try tree[1].contents()
        for node in tree.nodes {
            let printed = try node.psql(scenario.text("expect.sql") ?? "")
            #expect(printed == expected, "\(about) - on node \(node.letter)")
            #expect(
                try Conflict.all(node.connection).count == wanted,
                "\(about) - conflicts on node \(node.letter)")
            #expect(try node.contents() == first, "\(about) - rows of node \(node.letter)")
        }
        if scenario.option("schema") != nil {
            let schema = try tree[1].schema()
            for node in tree.nodes.dropFirst() {
                let differing = Set(try node.schema()).symmetricDifference(schema)
                #expect(differing.isEmpty, "\(about) - schema of node \(node.letter)")
            }
        }
        let entries = try tree.nodes.map { try $0.logEntries() }
        for edge in tree.edges {
            let report = try tree.sync(edge)
            #expect(report.isQuiet && report.directions.allSatisfy { !$0.isWatermarkNew }, about)
        }
        #expect(try tree.nodes.map { try $0.logEntries() } == entries, about)
    }
}

extension Scenario: CustomTestStringConvertible {
    /// What the test is called.
    public var testDescription: String { name }
}
