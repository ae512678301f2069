import Postgres
import Replication
import TestSupport
import Testing

/// What docs/SECURITY.md says that roles need is exactly what they need.
@Suite(.serialized) struct DocumentedRightsTests {
    private let schema = """
        create table kind (id int primary key, name text);
        create table note (id serial primary key, kind int references kind, text text unique);
        create table guarded (id int primary key, owner text);
        alter table guarded enable row level security;
        create policy own on guarded using (owner = current_user);
        create table parted (id int, part int, primary key (id, part)) partition by list (part);
        create table parted_1 partition of parted for values in (1);
        create table parted_2 partition of parted default;
        create table draft (id int generated always as identity primary key, text text);
        revoke usage on schema public from public;
        do $$ begin execute format('revoke connect, temporary on database %I from public',
            current_database()); end $$;
        """
    private let agent = "trompe_documented"

    /// The statements of the section about a role, for a database of the test's.
    private func statements(_ role: String, _ node: TestNode, as name: String) throws -> [String] {
        let file = Scenario.fixtures.deletingLastPathComponent().appending(path: "docs/SECURITY.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let blocks = text.split(separator: "```sql\n").dropFirst().compactMap {
            $0.split(separator: "```").first
        }
        let block = try #require(blocks.first { $0.contains("to \(role);") })
        return block.split(separator: "\n").map { line in
            String(line).replacing(role, with: name)
                .replacing("choir", with: "\"\(node.database)\"")
        }
    }

    /// `revoke` for `grant`, a privilege at a time where they are many.
    private func opposites(_ statement: String) -> [String] {
        if statement.hasPrefix("alter role") {
            return [statement.replacing("bypassrls", with: "nobypassrls")]
        }
        let words = statement.dropFirst("grant ".count).split(separator: " on ", maxSplits: 1)
        return words[0].split(separator: ", ").map {
            "revoke \($0) on \(words[1].replacing(" to trompe", with: " from trompe"))"
        }
    }

    @Test func theyAreEnoughAndEachIsNeeded() throws {
        try withRole(agent) {
            try withTree(2, schema: schema) { tree in
                for node in tree.nodes {
                    for statement in try statements("agent", node, as: agent) {
                        try node.psql(statement)
                    }
                }
                try work(tree)
                for statement in try statements("agent", tree[2], as: agent) {
                    for opposite in opposites(statement) where !opposite.contains("revoke connect")
                    {
                        try tree[2].psqlHere(opposite)
                        let sessions = try tree.nodes.map { try session($0) }
                        let error = try refusal { _ = try Edge(sessions[0], sessions[1]).sync() }
                        guard case .missingGrants(let database, let missing) = error else {
                            throw error
                        }
                        // What belongs to the server is missed on its other database first.
                        let isOfServer = opposite.contains(#/ parameter |alter role/#)
                        #expect(isOfServer || database == "B", "\(opposite)")
                        for line in missing { try tree[2].psqlHere(line) }
                        _ = try Edge(try session(tree[1]), try session(tree[2])).sync()
                    }
                }
                for node in tree.nodes { try node.psql("drop owned by \(agent)") }
            }
        }
    }

    private func session(_ node: TestNode) throws -> Connection {
        try Connection(
            node.conninfo.replacing("user=postgres", with: "user=\(agent)"), label: node.letter)
    }

    /// A first sync of both sides' rows, then conflicts, TRUNCATEs, parents that come back, values
    /// that move, and sequences.
    private func work(_ tree: TestTree) throws {
        let sessions = try tree.nodes.map { try session($0) }
        let sync = { try Edge(sessions[0], sessions[1]).sync() }
        try tree[1].psql(
            """
            insert into kind values (1, 'one'), (2, 'two');
            insert into note (id, kind, text) values (nextval('note_id_seq'), 1, 'a'),
                (nextval('note_id_seq'), 1, 'b');
            insert into guarded values (1, 'somebody');
            insert into parted values (1, 1), (2, 2);
            insert into draft (text) values ('x');
            """)
        try tree[2].psql(
            "insert into kind values (3, 'three'); insert into draft (text) values ('y')")
        _ = try sync()
        try tree[1].psql(
            """
            update kind set name = 'A' where id = 1;
            delete from kind where id = 2;
            truncate draft;
            update parted set part = 2;
            """)
        try tree[2].psql(
            """
            update kind set name = 'B' where id = 1;
            insert into note (kind, text) values (2, 'child');
            update guarded set owner = 'somebody else';
            """)
        _ = try sync()
        try tree[2].psql(
            """
            begin;
            update note set text = 'c' where text = 'a';
            update note set text = 'a' where text = 'b';
            update note set text = 'b' where text = 'c';
            commit;
            truncate parted_2;
            """)
        _ = try sync()
        #expect(try sync().isQuiet)
        #expect(try tree[1].contents() == tree[2].contents())
        #expect(try tree[1].psql("select name from kind order by id") == "B\ntwo\nthree\n")
        #expect(try tree[1].psql("select text from note order by id") == "b\na\nchild\n")
        #expect(try Conflict.all(sessions[0]).count >= 2)
    }

    @Test func whoOnlyLooksNeedsLess() throws {
        try withRole("trompe_watcher") {
            try withTree(2, schema: schema) { tree in
                try tree[1].psql("insert into kind values (1, 'x')")
                try tree.syncUntilQuiet()
                for statement in try statements("watcher", tree[1], as: "trompe_watcher") {
                    try tree[1].psql(statement)
                }
                let session = try Connection(
                    tree[1].conninfo.replacing("user=postgres", with: "user=trompe_watcher"))
                let status = try Status(session)
                #expect(status.tables == 5 && status.warnings == [])
                #expect(try Conflict.all(session) == [])
                #expect(try Figures(session).logEntries >= 0)
                #expect(try SyncHistory(session).directions == 0)
                #expect(try ConflictComparison.newest(session, limit: 10).isEmpty)
                let row = try Explanation(session, table: "kind", key: ["1"])
                #expect(row.entries.count == 1)
                #expect(row.present == .hidden("the role may not read the table"))
                try tree[1].psql(
                    """
                    grant usage on schema public to trompe_watcher;
                    grant select on kind, guarded to trompe_watcher
                    """)
                let seen = try Explanation(session, table: "kind", key: ["1"])
                #expect(seen.present == .there(#"{"id":1,"name":"x"}"#))
                let guarded = try Explanation(session, table: "guarded", key: ["1"])
                #expect(
                    guarded.present
                        == .hidden("the row security of the table may hide it from the role"))
                #expect(throws: ReplicationError.self) {
                    _ = try Edge(session, tree[2].connection).sync()
                }
                session.close()
                try tree[1].psql("drop owned by trompe_watcher")
            }
        }
    }

    /// One warning for both sides, and one in the status; none for a role of its own.
    @Test func aSuperuserIsWarnedAbout() throws {
        try withTree(2, schema: noteTable) { tree in
            let report = try tree.sync((1, 2))
            #expect(report.warnings.count == 1)
            #expect(
                report.warnings.first?.hasPrefix("the agent is a superuser on A and B: ") == true)
            #expect(
                try tree[1].status().warnings == [
                    (report.warnings.first ?? "").replacing("A and B", with: "A")
                ])
            try withRole(agent) {
                let session = try tree[2].agentSession(agent)
                let mixed = try Edge(tree[1].connection, session).sync()
                #expect(mixed.warnings.first?.hasPrefix("the agent is a superuser on A: ") == true)
                session.close()
                try tree[2].psql("drop owned by \(agent)")
            }
        }
    }
}
