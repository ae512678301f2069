import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// The agent dies by SIGKILL before its first statement, its second, ... until a run completes. A
/// plain rerun is all that is ever needed, and then everything is as without the crash.
@Suite struct KillPointTests {
    @Test func aSyncCanDieAnywhere() throws {
        let pair = try CrashPair()
        defer { pair.remove() }
        try pair.change()
        let whole = try KilledRun(pair.through(), through: pair.proxies, at: nil)
        #expect(whole.status == 0, "\(whole.said)")
        try pair.expectRecovery("through the proxies")
        // Later syncs may need a few statements more than this one.
        let points = KilledRun.points("sync", whole.statements + 5, stride: 8)
        var killed = 0
        for (index, point) in points.enumerated() {
            try pair.change()
            let run = try KilledRun(
                pair.through(), through: pair.proxies, at: point,
                isSent: index.isMultiple(of: 2))
            killed += run.isComplete ? 0 : 1
            if run.isComplete { #expect(run.status == 0, "\(run.said)") }
            try pair.expectRecovery(
                "killed at statement \(point) of \(whole.statements): \(run.statement)")
        }
        print("a sync was killed at \(killed) of \(whole.statements) statements")
        #expect(killed > points.count * 9 / 10)
    }

    /// Both sides have rows of their own, and rows that differ under one key.
    private func changeApart(_ tree: TestTree, _ number: Int) throws {
        for node in tree.nodes {
            try node.psql(
                """
                insert into note values (\(10 * number + node.number), '\(node.letter)'),
                    (\(10 * number + 5), '\(node.letter)');
                delete from note where id = \(10 * number - 10 + node.number);
                """)
        }
    }

    @Test func aFirstSyncCanDieAnywhere() throws {
        try withTree(2, schema: "create table note (id int primary key, text text)") { tree in
            let proxies = try tree.nodes.map { try Proxy($0.conninfo) }
            defer { for proxy in proxies { proxy.close() } }
            let through = ["sync", "--merge"] + proxies.map(\.conninfo)
            let directly = ["sync", "--merge"] + tree.nodes.map(\.conninfo)
            try changeApart(tree, 0)
            let whole = try KilledRun(through, through: proxies, at: nil)
            #expect(whole.status == 0, "\(whole.said)")
            let points = KilledRun.points("merge", whole.statements, stride: 12)
            for (index, point) in points.enumerated() {
                try tree.edge((1, 2)).unlink()
                try changeApart(tree, index + 1)
                try tree.edge((1, 2)).link()
                let run = try KilledRun(
                    through, through: proxies, at: point, isSent: index.isMultiple(of: 2))
                let when = "killed at \(point) of \(whole.statements): \(run.statement)"
                let again = try KilledRun.again(directly)
                #expect(again.status == 0, "\(when): \(again.said)")
                // Each round adds two rows and one that both have, and deletes two of the one
                // before, which the other side still has: three conflicts.
                let rows = (0...(index + 1)).flatMap { number in
                    (number == index + 1 ? ["\(10 * number + 1)|A", "\(10 * number + 2)|B"] : [])
                        + ["\(10 * number + 5)|B"]
                }
                for node in tree.nodes {
                    let found = try node.psql("table note order by id").split(separator: "\n")
                    #expect(found.map(String.init) == rows, "\(when)")
                }
                let conflicts = try tree.nodes.map {
                    try $0.psql("select count(*) from replication.conflict")
                }
                #expect(conflicts == ["\(3 * index + 4)\n", "\(3 * index + 4)\n"], "\(when)")
                let quiet = try KilledRun.again(directly)
                let nothing = "A -> B: nothing new\nB -> A: nothing new\n"
                #expect(quiet.said.hasSuffix(nothing), "\(when): \(quiet.said)")
            }
            print("a first sync was killed at \(points.count) of \(whole.statements) statements")
        }
    }

    @Test func aLinkCanDieAnywhere() throws {
        try withTree(2, schema: "create table note (id int primary key, text text)", linking: false)
        { tree in
            let proxies = try tree.nodes.map { try Proxy($0.conninfo) }
            defer { for proxy in proxies { proxy.close() } }
            let through = ["link"] + proxies.map(\.conninfo)
            let whole = try KilledRun(through, through: proxies, at: nil)
            #expect(whole.status == 0, "\(whole.said)")
            let points = KilledRun.points("link", whole.statements, stride: 6)
            for (index, point) in points.enumerated() {
                try tree.edge((1, 2)).unlink()
                let run = try KilledRun(through, through: proxies, at: point)
                #expect(!run.isComplete)
                let again = try KilledRun.again(["link"] + tree.nodes.map(\.conninfo))
                #expect(again.status == 0, "killed at \(run.statement): \(again.said)")
                try tree[1 + index % 2].psql("insert into note values (\(index), 'x')")
                try tree.syncUntilQuiet()
                #expect(try tree[1].contents() == tree[2].contents())
                #expect(try tree[1].psql("select count(*) from replication.edge") == "1\n")
            }
            print("a link was killed at \(points.count) of \(whole.statements) statements")
        }
    }

    @Test func anInstallationCanDieAnywhere() throws {
        let schema = """
            create table note (id serial primary key, text text);
            create table part (id int primary key) partition by range (id);
            create table part_1 partition of part for values from (0) to (100);
            """
        try withTree(1, schema: schema, installing: false) { tree in
            let proxies = [try Proxy(tree[1].conninfo)]
            defer { for proxy in proxies { proxy.close() } }
            let through = ["install", "--node", "1", proxies[0].conninfo]
            let whole = try KilledRun(through, through: proxies, at: nil)
            #expect(whole.status == 0, "\(whole.said)")
            let points = KilledRun.points("install", whole.statements, stride: 8)
            for point in points {
                try Installation.uninstall(tree[1].connection, isForced: true)
                let run = try KilledRun(through, through: proxies, at: point)
                #expect(!run.isComplete)
                let again = try KilledRun.again(["install", "--node", "1", tree[1].conninfo])
                #expect(again.status == 0, "killed at \(run.statement): \(again.said)")
                #expect(
                    try tree[1].psql("select * from replication.verify() where result = 'broken'")
                        == "")
                try tree[1].psql(
                    "truncate note; insert into note (text) values ('x'); delete from part;"
                        + "insert into part values (1)")
                let logged = try tree[1].psql(
                    """
                    select tablename, action, (key ->> 'id')::int % 100
                    from replication.log
                    where tablename in ('public.note', 'public.part') and action = 'I'
                    order by tablename
                    """)
                #expect(logged == "public.note|I|1\npublic.part|I|1\n")
            }
            print("an installation was killed at \(points.count) of \(whole.statements) statements")
        }
    }
}
