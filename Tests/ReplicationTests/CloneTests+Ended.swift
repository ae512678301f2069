import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// What a run left that was ended, and the next one goes on from.
extension CloneTests {
    /// Programs that behave as given: `$REAL` is the folder with the true ones.
    private func withPrograms(
        dump: String = "", restore: String = "", _ body: (String) throws -> Void
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let real = try Servers.programs(of: 2)
        for (program, text) in [("pg_dump", dump), ("pg_restore", restore)] {
            let file = folder.appending(path: program)
            let lines = """
                #!/bin/sh
                REAL=\(real)
                [ "$1" = --version ] || \(text.isEmpty ? ":" : text)
                exec $REAL/\(program) "$@"
                """
            try lines.write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        try body(folder.path)
    }

    @Test(arguments: [
        // Where it fails, and whether there is a dump to go on from.
        ("exit 1", "", false), ("{ $REAL/pg_dump \"$@\"; exit 1; }", "", false),
        ("", "exit 1", true),
        ("", "{ $REAL/pg_restore --section=pre-data --section=data \"$@\"; exit 1; }", true),
        ("", "{ $REAL/pg_restore \"$@\"; exit 1; }", true),
    ])
    func aCloneThatWasEndedGoesOn(dump: String, restore: String, isDumped: Bool) throws {
        try withEmpty { tree, target in
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: folder) }
            var options = try options()
            options.directory = folder.path
            try withPrograms(dump: dump, restore: restore) { programs in
                options.programs = programs
                #expect(throws: PostgresError.self) { try clone(tree[1], target, options) }
            }
            options.programs = try Servers.programs(of: 2)
            // Much happens before the next try, and the log would have been purged.
            try tree[1].psql(
                """
                update replication.self set keep = '0';
                update singer set name = 'later' where id = 1;
                delete from singer where id = 101;
                """)
            try tree.sync((1, 2))
            try tree[1].psql("do $$ begin perform replication.purge(); end $$")
            let report = try clone(tree[1], target, options)
            #expect(report.wasDumped == isDumped && !report.wasRestored)
            // Of what the clone itself has done nothing travels.
            let ways = report.sync.directions
            #expect(ways.flatMap(\.schemaChanges) == [])
            #expect(
                ways.flatMap(\.tables).reduce(0) { $0 + $1.staged }
                    == (isDumped ? 2 : 0))
            #expect(ways.last?.isEmpty == true)
            #expect(try target.contents() == tree[1].contents())
            if !restore.isEmpty { try expectOrdinary(tree, target) }
        }
    }

    /// Ended between the commit that makes the node and the one that tells the source so.
    @Test func aCloneThatIsANodeAlreadyIsOnlyFinished() throws {
        try withEmpty { tree, target in
            _ = try clone(tree[1], target, options())
            try tree[1].psql(
                """
                update replication.neighbour
                set is_clone = true, acknowledged = null, received = null, received_token = null
                where number = 3;
                update replication.offer
                set seen = null, xid = pg_current_xact_id()::text::bigint
                where neighbour = 3;
                insert into singer (name) values ('later');
                """)
            try target.psql(
                "delete from replication.offer; insert into singer (name) values ('own')")
            let report = try clone(tree[1], target, options())
            #expect(report.wasRestored)
            #expect(try target.contents() == tree[1].contents())
            try expectOrdinary(tree, target)
        }
    }

    /// A source that has lost what the dump shows of it would be told about it as if it were its own.
    @Test func aDumpOfWhatTheSourceHasLostIsMadeAnew() throws {
        try withEmpty { tree, target in
            let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: folder) }
            var options = try options()
            options.directory = folder.path
            try withPrograms(restore: "exit 1") { programs in
                options.programs = programs
                #expect(throws: PostgresError.self) { try clone(tree[1], target, options) }
            }
            options.programs = try Servers.programs(of: 2)
            // As after a crash, by which the dump's row and the offer behind it are lost.
            try tree[1].psql(
                """
                delete from replication.offer where neighbour = 3;
                delete from singer where id = 1;
                """)
            let report = try clone(tree[1], target, options)
            #expect(!report.wasDumped)
            #expect(try target.contents() == tree[1].contents())
        }
    }

    /// One that another build has noted otherwise, or that is half written, is none to go on from.
    @Test(arguments: [#"{"identity": "x", "snapshot": "3:3:", "folder": "dump-1"}"#, "{"])
    func aDumpOfAnotherBuildIsNone(text: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: path) }
        let folder = try DumpFolder(path.path)
        try text.write(
            toFile: folder.file("clone.json"), atomically: true, encoding: .utf8)
        #expect(try folder.finished("x") == nil)
        try folder.write(.init(identity: "x", snapshot: "3:3:", token: "t", folder: "dump-1"))
        #expect(try folder.finished("x")?.folder == "dump-1")
    }

    /// A TRUNCATE that comes between the agent's lock and pg_dump's waits for the one, and the other for it:
    /// nobody would ever end that.
    @Test func whoeverChangesATableMeanwhileGoesFirst() throws {
        try withEmpty { tree, target in
            let mark = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: mark) }
            var options = try options()
            let emptied = "psql -q -c 'truncate singer cascade' '\(tree[1].conninfo)'"
            let first = "{ [ -e \(mark.path) ] || { touch \(mark.path); \(emptied) & sleep 1; }; }"
            try withPrograms(dump: first) { programs in
                options.programs = programs
                let report = try clone(tree[1], target, options)
                #expect(!report.wasDumped)
            }
            #expect(FileManager.default.fileExists(atPath: mark.path))
            #expect(try tree[1].psql("select count(*) from singer") == "0\n")
            #expect(try target.contents() == tree[1].contents())
        }
    }
}
