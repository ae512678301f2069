import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// `trompe status --metrics`, as Prometheus' own promtool reads it.
@Suite struct MetricsTests {
    /// What promtool complains of; nothing where all is well.
    private func complaints(_ text: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let program = try #require(
            environment["TROMPE_PROMTOOL"] ?? found("promtool"),
            "no promtool: script/test fetches it, and sets TROMPE_PROMTOOL")
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let run = try runProgram(
            "/bin/sh", ["-c", #"exec "$0" check metrics <"$1""#, program, file.path])
        return run.status == 0 ? run.errors : "status \(run.status): \(run.output)\(run.errors)"
    }

    /// The value of a sample, by its name and labels.
    private func value(_ sample: String, _ text: String) -> Double? {
        text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }

    @Test func allThatAMonitoringWantsIsThere() throws {
        try withTree(
            3, schema: "create table note (id int primary key, text text);", installing: false
        ) { tree in
            // Names that have to be escaped, and two nodes of one name.
            let names = ["the \"first\" \\ one", "twin", "twin"]
            for (node, name) in zip(tree.nodes, names) {
                _ = try Installation.install(node.connection, number: node.number, name: name)
            }
            for edge in tree.edges { try tree.edge(edge).link() }
            try tree[1].psql("insert into note values (1, 'a')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update note set text = 'a2' where id = 1; create table heap (a int)")
            try tree[2].psql("update note set text = 'b2' where id = 1")
            try tree.sync((1, 2))
            try tree[1].psql("insert into note values (2, 'a'), (3, 'a')")
            var services = tree.services
            services["away"] = "host=/nonexistent dbname=x"
            let run = try Program.run(
                "status", "--metrics", "a", "away", "b", "c", services: services)
            #expect(run.status == 0)
            #expect(run.errors.hasPrefix("trompe: away: "))
            #expect(try complaints(run.output) == "")
            let first = #"node="the \"first\" \\ one""#
            let expected: [(String, Double)] = [
                (#"trompe_up{database="a"}"#, 1), (#"trompe_up{database="away"}"#, 0),
                ("trompe_replicated_tables{\(first)}", 1),
                ("trompe_unreplicated_tables{\(first)}", 1),
                (#"trompe_conflicts{node="twin (2)"}"#, 1),
                (#"trompe_conflicts{node="twin (3)"}"#, 0),
                ("trompe_pending_rows{\(first),neighbour=\"twin\"}", 2),
                (#"trompe_waiting_rows{node="twin (3)",neighbour="twin"}"#, 0),
                (
                    #"trompe_decided_conflicts_total{node="twin (2)",neighbour="the \"first\" \\ one"}"#,
                    1
                ),
                (#"trompe_node_original{node="twin (2)"}"#, 1),
                ("trompe_staging_bytes{\(first)}", 0),
            ]
            for (sample, wanted) in expected {
                #expect(value(sample, run.output) == wanted, "\(sample)\n\(run.output)")
            }
            let last = try tree[1].psql(
                "select extract(epoch from last_sync) from replication.neighbour")
            let time = value(
                "trompe_last_sync_timestamp_seconds{\(first),neighbour=\"twin\"}", run.output)
            #expect(abs((time ?? 0) - (Double(last.dropLast()) ?? -1)) < 0.001)
            #expect(value("trompe_log_bytes{\(first)}", run.output) ?? 0 > 0)
            // One node by two names has its samples once.
            services["again"] = services["a"]
            let twice = try Program.run("status", "--metrics", "a", "again", services: services)
            #expect(try complaints(twice.output) == "")
            #expect(twice.output.contains(#"trompe_up{database="again"} 1"#))
            let none = try Program.run("status", "--metrics", "away", "away", services: services)
            #expect(none.status == 0)
            #expect(try complaints(none.output) == "")
            #expect(none.output.contains("trompe_up{database=\"away\"} 0\n"))
            let both = try Program.run("status", "a", "--metrics", "--json", services: services)
            #expect(both.status == 64)
        }
    }

    /// promtool is no use where it takes anything.
    @Test func promtoolComplainsOfWhatIsWrong() throws {
        #expect(try complaints("trompe_x{a=\"b\"} 1\ntrompe_x{a=\"b\"} 1\n") != "")
        #expect(try complaints("# TYPE trompe_x counter\ntrompe_x 1\n") != "")
    }
}

/// A program by its name, where one's own programs are looked for.
func found(_ names: String...) -> String? {
    let folders = [
        "/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin",
        "/var/cache/trompe/promtool", "/var/cache/trompe/pgbouncer",
    ]
    return names.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
}
