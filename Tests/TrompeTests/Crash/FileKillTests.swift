import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// The agent dies by SIGKILL in the midst of an export or an import. Nothing of a file is there under its
/// name, a plain rerun is all that is needed, and no database is left over.
@Suite struct FileKillTests {
    @Test func exportsAndImportsCanDieAnywhere() throws {
        try withTree(2, schema: "create table note (id int primary key, text text)") { tree in
            try tree.syncUntilQuiet()
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let proxies = try tree.nodes.map { try Proxy($0.conninfo) }
            defer { for proxy in proxies { proxy.close() } }
            let file = folder.appending(path: "one").path
            let bin = try Servers.programs(of: 2)
            let export = { (node: String) in
                ["export", node, "--for", "B", "-o", file, "--bindir", bin]
            }
            let carry = { (node: String) in ["import", node, file, "--unsigned"] }
            let leftovers = """
                select count(*)
                from pg_database
                where datname like 'trompe\\_import%'
                    and split_part(datname, '_', 3)::int not in (select pid from pg_stat_activity)
                """
            var expected: [String] = []

            func round(_ number: Int, _ part: [String], _ proxy: Proxy, at point: Int?) throws
                -> Int
            {
                try tree[1].psql("insert into note values (\(number), 'a \(number)')")
                expected.append("\(number)|a \(number)")
                if part[0] == "import" {
                    #expect(try KilledRun.again(export(tree[1].conninfo)).status == 0)
                } else {
                    unlink(file)
                }
                let isSent = number.isMultiple(of: 2)
                let run = try KilledRun(part, through: [proxy], at: point, isSent: isSent)
                let when = "\(part[0]) killed at \(point ?? 0): \(run.statement)"
                if point == nil { #expect(run.status == 0, "\(run.said)") }
                if part[0] == "export", point != nil {
                    #expect(!FileManager.default.fileExists(atPath: file), "\(when)")
                }
                let rest =
                    (part[0] == "import" ? [] : [export(tree[1].conninfo)])
                    + [carry(tree[2].conninfo)]
                for arguments in rest {
                    let again = try KilledRun.again(arguments)
                    #expect(again.status == 0, "\(when): \(again.said)")
                }
                let rows = try tree[2].psql("table note order by id").split(separator: "\n")
                #expect(rows.map(String.init) == expected, "\(when)")
                return run.statements
            }

            var number = 0
            for (part, proxy) in [
                (export(proxies[0].conninfo), proxies[0]), (carry(proxies[1].conninfo), proxies[1]),
            ] {
                number += 1
                let count = try round(number, part, proxy, at: nil)
                // Most of an import's statements make the schema: those behind it are worth more.
                let points =
                    KilledRun.points(part[0], count - 60, stride: max(1, count - 60))
                    + KilledRun.points(part[0], 60, stride: 30).map { $0 + count - 60 }
                for point in points where point > 0 {
                    number += 1
                    _ = try round(number, part, proxy, at: point)
                }
                print("\(part[0]): killed at \(points) of \(count) statements")
            }
            // One by one the sessions of the killed ones have ended.
            var last = ""
            for _ in 0..<200 {
                #expect(try KilledRun.again(carry(tree[2].conninfo)).status == 0)
                last = try tree[2].psql(leftovers)
                if last == "0\n" { break }
                usleep(20_000)
            }
            #expect(last == "0\n")
            // B's answer tells A of all of them, and of those that were never whole.
            let back = ["export", tree[2].conninfo, "--for", "A", "-o", file, "--bindir", bin]
            #expect(try KilledRun.again(back).status == 0)
            #expect(try KilledRun.again(carry(tree[1].conninfo)).status == 0)
            #expect(try tree[1].psql("select count(*) from replication.file_offer") == "0\n")
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }
}
