import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// What a user reads who cannot go on: each message says what to do next, and nothing was changed by then.
@Suite(.serialized) struct HintTests {
    private let role = "trompe_hinted"

    /// A and B are neighbours by their services; C is an empty database on A's server; `as` is the role that
    /// may do nothing, in each of them.
    private func withNodes(
        _ body: (TestTree, ([String]) throws -> Program.Run) throws -> Void
    ) throws {
        let tree = try TestTree(3)
        defer { try? tree.remove() }
        for node in [tree[1], tree[2]] {
            try node.psql("create table item (id int primary key, number int)")
            _ = try Installation.install(
                node.connection, number: node.number, name: node.letter)
        }
        try tree.edge((1, 2)).link(serviceA: "a", serviceB: "b")
        let server = try Connection(Servers.server(of: 1).conninfo())
        try server.script("drop role if exists \(role); create role \(role) login")
        defer { try? server.script("drop role \(role)") }
        var services = tree.services
        for (name, conninfo) in tree.services {
            services["\(name)_as"] = conninfo.replacing("user=postgres", with: "user=\(role)")
        }
        try body(tree) { try Program.run(list: $0, services: services) }
        for node in [tree[1], tree[3]] { try node.psql("drop owned by \(role)") }
    }

    /// The statements that a hint names.
    private func statements(_ run: Program.Run) throws -> [String] {
        let hint = try #require(run.errors.firstRange(of: "a superuser: "), "\(run.errors)")
        return run.errors[hint.upperBound...].split(separator: "\n")[0].components(
            separatedBy: "; ")
    }

    @Test func rolesWithoutRights() throws {
        try withNodes { tree, trompe in
            // Whoever looks is not told to be given what writes.
            let reading = [
                "grant usage on schema replication to \(role)",
                "grant select on all tables in schema replication to \(role)",
                "grant select on sequence replication.clock to \(role)",
            ]
            for arguments in [["status", "a_as"], ["explain", "a_as", "item", "1"]] {
                let run = try trompe(arguments)
                #expect(run.status == 1)
                #expect(try statements(run) == reading)
            }
            for statement in reading { try tree[1].psql(statement) }
            // Until then, it reads what has to go over.
            try tree.sync((1, 2))
            #expect(try trompe(["status", "a_as"]).status == 0)
            // What install needs is known before it runs any of the schema.
            let install = try trompe(["install", "c_as", "--node", "3"])
            #expect(install.status == 1 && !install.errors.contains("statement:"))
            #expect(
                try statements(install)
                    == ["grant create on database \(tree[3].database) to \(role)"])
            // What a clone needs at its end is known before its source hears of it.
            let programs = ["--node", "7", "--bindir", try Servers.programs(of: 2)]
            let captured = try trompe(["clone", "a", "c_as"] + programs)
            #expect(captured.status == 1 && captured.errors.contains("is no superuser\nhint: "))
            try tree[1].captureSchemaChanges(false)
            let limited = try trompe(["clone", "a", "c_as"] + programs)
            #expect(limited.status == 1)
            let missing = try statements(limited)
            #expect(
                missing.first == "grant set on parameter session_replication_role to \(role)")
            #expect(missing.contains("grant postgres to \(role)"), "\(missing)")
            let same = try trompe(["clone", "a", "a"] + programs)
            #expect(same.status == 1 && same.errors.contains("are the same database"))
            let folder = try trompe(
                ["clone", "a", "c", "--directory", "/proc/none/dump"] + programs)
            #expect(folder.status == 1)
            #expect(
                folder.errors.hasPrefix("trompe: /proc/none/dump: cannot be cloned: no folder "))
            #expect(!folder.errors.contains("NSCocoa") && folder.errors.contains("--directory"))
            #expect(try tree[1].psql("select number from replication.neighbour") == "2\n")
        }
    }

    @Test func edgesThatAreInTrouble() throws {
        try withNodes { tree, trompe in
            // A condition that cannot be told of one row.
            #expect(
                try trompe(["filter", "a", "b", "item", "--where", "1 / (number - 5) > 0"]).status
                    == 0)
            try tree.sync((1, 2))
            try tree[1].psql("insert into item values (1, 5), (2, 6)")
            for names in [("a", "b"), ("b", "a")] {
                let sync = try trompe(["sync", names.0, names.1])
                #expect(sync.status == 1)
                #expect(
                    sync.errors.contains(
                        "the condition of the filter for table public.item, by which b gets rows, "
                            + "cannot be told of some row: division by zero\nhint: "),
                    "\(sync.errors)")
                #expect(sync.errors.contains("trompe filter a b public.item --where"))
            }
            #expect(try trompe(["filter", "a", "b", "item", "--where", "number > 5"]).status == 0)
            #expect(try trompe(["sync", "a", "b"]).status == 0)
            #expect(try tree[2].psql("table item") == "2|6\n")
            // A session that has outlived its agent.
            let holder = try Connection(tree[2].conninfo)
            try holder.execute(
                "select pg_advisory_lock(hashtext('trompe')::int, (1 << 15 | 2)::int)")
            let process = try #require(
                try holder.query("select pg_backend_pid() as pid").first?.int("pid"))
            let busy = try trompe(["sync", "a", "b"])
            #expect(busy.status == 75)
            #expect(
                busy.errors.contains(
                    "another agent is syncing a and b: on b by process \(process)\nhint: "),
                "\(busy.errors)")
            #expect(busy.errors.contains("select pg_terminate_backend(\(process))"))
            holder.close()
            // A reason stays until another one is given, and what is paused is named.
            #expect(try trompe(["pause", "a", "b", "--reason", "dear"]).status == 0)
            #expect(try trompe(["pause", "a", "b"]).status == 0)
            #expect(try tree[1].psql("select reason from replication.pause") == "dear\n")
            let resume = try trompe(["resume", "a"])
            #expect(resume.output == "a: node A was not paused\n")
            #expect(
                resume.errors
                    == "a: the edge to B is paused; to go on: trompe resume a --node 2\n")
            #expect(try trompe(["resume", "a", "b"]).errors == "")
            // A neighbour that is no more.
            tree[2].connection.close()
            try Connection(Servers.server(of: 2).conninfo()).script(
                "drop database \(quoteIdentifier(tree[2].database)) with (force)")
            let gone = try trompe(["unlink", "a", "b"])
            #expect(gone.status == 75 && gone.errors.contains("trompe unlink a --node 2"))
            let unnamed = try trompe(["unlink", "a", tree[2].conninfo])
            #expect(unnamed.status == 1 && unnamed.errors.contains("--node 2 (B)"))
            #expect(try trompe(["unlink", "a", "--node", "2"]).status == 0)
        }
    }
}
