import Foundation
import TestSupport
import Testing

/// Objects of more than 2 GB, most of which are holes: the agent holds no more of them than of others.
@Suite struct ObjectMemoryTests {
    private static let bytes = 3 << 30

    /// The report of a sync by the program as it was built, and the most memory that it had, in bytes.
    private func sync(_ tree: TestTree) throws -> (report: [String: Any], memory: Int) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Program.path.get())
        process.arguments = ["sync", "--json", tree[1].conninfo, tree[2].conninfo]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var most = 0
        while process.isRunning {
            let status =
                FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/status")
                ?? Data()
            if let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
                .first(where: { $0.hasPrefix("VmHWM:") }),
                let size = Int(line.filter(\.isNumber))
            {
                most = size * 1_024
            }
            Thread.sleep(forTimeInterval: 0.002)
        }
        #expect(process.terminationStatus == 0)
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let report = try JSONSerialization.jsonObject(with: text) as? [String: Any]
        return (try #require(report), most)
    }

    private func objects(_ report: [String: Any]) throws -> [String: Any] {
        let edges = try #require(report["edges"] as? [[String: Any]])
        let directions = try #require(edges.first?["directions"] as? [[String: Any]])
        return try #require(directions.first?["largeObjects"] as? [String: Any])
    }

    private func size(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select replication.object_size(lo), encode(lo_get(lo, \(Self.bytes - 4), 10), 'escape')
            from doc
            where id = 2
            """)
    }

    @Test func memoryStaysFlatForMoreThanTwoGigabytes() throws {
        try withTree(2, schema: "create table doc (id int primary key, lo oid);") { tree in
            try tree[1].psql("insert into doc values (1, lo_from_bytea(0, 'small'))")
            let small = try sync(tree)
            try tree[1].psql("insert into doc values (2, lo_create(0))")
            try tree[1].psql("select lo_put(lo, \(Self.bytes - 1), 'x') from doc where id = 2")
            let large = try sync(tree)
            #expect(try objects(large.report)["made"] as? Int == 1)
            #expect(try #require(objects(large.report)["bytes"] as? Int) < 300_000)
            for node in tree.nodes { #expect(try size(node).hasPrefix("\(Self.bytes)|")) }
            // Nor is more sent than the chunk in which something is.
            try tree[1].psql(
                """
                select lo_put(lo, \(Self.bytes - 4), 'byte') from doc where id = 2;
                update doc set lo = lo where id = 2
                """)
            let changed = try sync(tree)
            #expect(try objects(changed.report)["changed"] as? Int == 1)
            #expect(try #require(objects(changed.report)["bytes"] as? Int) < 300_000)
            #expect(try size(tree[2]) == "\(Self.bytes)|byte\n")
            #expect(small.memory > 1_000_000)
            for memory in [large.memory, changed.memory] {
                #expect(memory < small.memory + 8_000_000, "\(small.memory) -> \(memory)")
            }
        }
    }
}
