import Postgres
import Replication
import TestSupport
import Testing

/// To whom large objects belong, who may use them, and what an agent does without the rights.
@Suite(.serialized) struct ObjectOwnerTests {
    private static let author = "trompe_author"
    private static let reader = "trompe_reader"
    private static let agent = "trompe_carrier"

    private static let schema = """
        create table doc (id int primary key, lo oid);
        grant all on doc to public;
        """

    /// The nodes, and sessions of an agent that is no superuser with each.
    private func withAgents(
        _ body: (TestTree, [Connection]) throws -> Void
    ) throws {
        try withRole(Self.author) {
            try withRole(Self.reader) {
                try withRole(Self.agent) {
                    try withTree(2, schema: Self.schema) { tree in
                        let sessions = try tree.nodes.map { try $0.agentSession(Self.agent) }
                        defer { for node in tree.nodes { dropOwned(node) } }
                        try body(tree, sessions)
                        for session in sessions { session.close() }
                    }
                }
            }
        }
    }

    private func dropOwned(_ node: TestNode) {
        do {
            for role in [Self.author, Self.reader, Self.agent] {
                try node.psql("drop owned by \(role)")
            }
        } catch {
            Issue.record("\(error)")
        }
    }

    private func sync(_ sessions: [Connection]) throws -> Edge.Report {
        try Edge(sessions[0], sessions[1]).sync()
    }

    /// A document of the author's, whose object others may use, too.
    private let document = """
        set role trompe_author;
        insert into doc values (1, lo_from_bytea(0, 'by the author'));
        do $$
        declare
            n oid := (select lo from doc);
        begin
            execute format('grant select on large object %s to trompe_reader with grant option', n);
            execute format('grant update on large object %s to public', n);
        end $$;
        """

    /// The owner of the only document's object, and who else may do what with it.
    private func rights(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select pg_get_userbyid(m.lomowner),
                string_agg(coalesce(r.rolname, 'public') || ' ' || a.privilege_type
                    || case when a.is_grantable then '*' else '' end, ', '
                    order by r.rolname nulls first, a.privilege_type)
                filter (where a.grantee <> m.lomowner)
            from doc
                join pg_largeobject_metadata as m on m.oid = doc.lo
                left join lateral aclexplode(m.lomacl) as a on true
                left join pg_roles as r on r.oid = a.grantee
            group by 1
            """)
    }

    private func grantMembership(_ tree: TestTree, _ isMember: Bool = true) throws {
        for node in tree.nodes {
            try node.psql(
                isMember
                    ? "grant \(Self.author) to \(Self.agent)"
                    : "revoke \(Self.author) from \(Self.agent)")
        }
    }

    @Test func anObjectBelongsToTheSameRoleWithTheSameRights() throws {
        try withAgents { tree, sessions in
            try grantMembership(tree)
            try tree[1].psql(document)
            let there = try #require(try sync(sessions).directions.first)
            #expect(there.objects.made == 1)
            // What is done to rights of large objects does not travel as a statement with a number.
            #expect(there.schemaChanges == [])
            let all = "trompe_author|public UPDATE, trompe_reader SELECT*\n"
            for node in tree.nodes { #expect(try rights(node) == all, "\(node.letter)") }
            // What has changed since comes with the next change of the content.
            try tree[1].psql(
                """
                do $$
                declare
                    n oid := (select lo from doc);
                begin
                    execute format('revoke all on large object %s from public', n);
                    execute format('grant update on large object %s to trompe_reader', n);
                    execute format('comment on large object %s is %L', n, 'a letter');
                end $$;
                set role trompe_author;
                select lo_put(lo, 0, 'By') from doc;
                update doc set lo = lo
                """)
            #expect(try sync(sessions).directions.allSatisfy { $0.schemaChanges.isEmpty })
            let fewer = "trompe_author|trompe_reader SELECT*, trompe_reader UPDATE\n"
            for node in tree.nodes { #expect(try rights(node) == fewer, "\(node.letter)") }
            // The agent may unlink what belongs to a role that it is a member of.
            try tree[1].psql("select lo_unlink(lo) from doc; delete from doc")
            _ = try sync(sessions)
            #expect(try tree[2].psql("select count(*) from pg_largeobject_metadata") == "0\n")
        }
    }

    @Test func withoutMembershipItBelongsToTheAgentAndItsOwnerMayUseIt() throws {
        try withAgents { tree, sessions in
            try tree[1].psql(document)
            try tree[1].psql(
                """
                do $$ begin
                    execute format('grant select on large object %s to trompe_carrier', lo) from doc;
                end $$
                """)
            _ = try sync(sessions)
            #expect(
                try rights(tree[2])
                    == """
                    trompe_carrier|public UPDATE, trompe_author SELECT, trompe_author UPDATE, \
                    trompe_reader SELECT*

                    """)
            // The owner at the source writes it on the other node, and the agent may write it back.
            try tree[2].psql(
                "set role trompe_author; select lo_put(lo, 0, 'BY') from doc; update doc set lo = lo"
            )
            _ = try sync(sessions)
            #expect(
                try tree[1].psql("select convert_from(lo_get(lo), 'utf8') from doc")
                    == "BY the author\n")
            #expect(try rights(tree[1]).hasPrefix("trompe_author|"))
            // To unlink takes the owner: what the agent may not unlink stays noted, and is no error.
            try tree[2].psql("select lo_unlink(lo) from doc; delete from doc")
            #expect(try sync(sessions).directions[1].objects.removed == 0)
            #expect(try sync(sessions).isQuiet)
            #expect(try tree[1].psql("select count(*) from doc") == "0\n")
            #expect(try tree[1].psql("select count(*) from replication.loose_object") == "1\n")
            try grantMembership(tree)
            try tree[2].psql(
                "set role trompe_author; insert into doc values (2, lo_from_bytea(0, 'x'))")
            _ = try sync(sessions)
            #expect(try tree[1].psql("select count(*) from replication.loose_object") == "0\n")
            #expect(try tree[1].psql("select count(*) from pg_largeobject_metadata") == "1\n")
        }
    }

    @Test func anAgentThatMayNotReadOrWriteSaysSo() throws {
        try withAgents { tree, sessions in
            try tree[1].psql(
                "set role trompe_author; insert into doc values (1, lo_from_bytea(0, 'mine'))")
            let number = try tree[1].psql("select lo from doc").trimmingCharacters(
                in: .whitespacesAndNewlines)
            let unread = try refusal { _ = try sync(sessions) }
            guard case .objectForbidden("A", Self.agent, _, isSource: true) = unread else {
                throw unread
            }
            #expect(unread.message.contains(Self.agent) && unread.message.contains(number))
            #expect(unread.hint?.contains("grant select on large object") == true)
            #expect(try tree[2].psql("select count(*) from doc") == "0\n")
            #expect(try tree[2].psql("select count(*) from pg_largeobject_metadata") == "0\n")
            try tree[1].psql("grant select on large object \(number) to trompe_carrier")
            _ = try sync(sessions)

            try tree[2].psql("select lo_put(lo, 0, 'M') from doc; update doc set lo = lo")
            let unwritten = try refusal { _ = try sync(sessions) }
            guard case .halfDone(_, _, let because, let hint, _) = unwritten else {
                throw unwritten
            }
            #expect(because.contains(Self.agent) && because.contains(number), "\(because)")
            #expect(hint?.contains("grant select, update on large object") == true, "\(hint ?? "")")
            #expect(
                try tree[1].psql("select convert_from(lo_get(lo), 'utf8') from doc") == "mine\n")
            try tree[1].psql("grant update on large object \(number) to trompe_carrier")
            _ = try sync(sessions)
            #expect(
                try tree[1].psql("select convert_from(lo_get(lo), 'utf8') from doc") == "Mine\n")
            #expect(try tree[1].psql("select lo from doc") == "\(number)\n")
        }
    }

    /// Of a table that is not replicated, and of which a policy hides rows from the agent.
    @Test func anObjectThatAHiddenRowNamesStays() throws {
        try withAgents { tree, sessions in
            try grantMembership(tree)
            try tree[1].psql(document)
            _ = try sync(sessions)
            try tree[2].psqlHere(
                """
                create table hidden (lo oid);
                alter table hidden enable row level security;
                grant select on hidden to public;
                insert into hidden select lo from doc
                """)
            try tree[1].psql("select lo_unlink(lo) from doc; delete from doc")
            #expect(try sync(sessions).directions[0].objects.removed == 0)
            #expect(
                try tree[2].psql("select convert_from(lo_get(lo), 'utf8') from hidden")
                    == "by the author\n")
            // It is looked at again later.
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "1\n")
            try tree[2].psqlHere("drop table hidden")
            try tree[1].psql("insert into doc values (2)")
            _ = try sync(sessions)
            #expect(try tree[2].orphans() == [])
        }
    }

    /// Nor does a GRANT on a large object reach other nodes, where its number is another one's.
    @Test func whereARoleIsMissingTheObjectBelongsToTheAgent() throws {
        let server = try ObjectLockTests.narrowServer.get()
        let tree = try TestTree(2, servers: [try Servers.server(of: 1), server])
        defer {
            do {
                tree[2].connection.close()
                try Connection(server.conninfo()).script("drop database \"\(tree[2].database)\"")
            } catch {
                Issue.record("\(error)")
            }
        }
        try withRole(Self.author) {
            for node in tree.nodes { try node.psql(Self.schema) }
            try tree.install()
            try tree[1].psql(
                """
                set role trompe_author;
                insert into doc values (1, lo_from_bytea(0, 'by the author'));
                do $$ begin
                    execute format('grant select on large object %s to public', lo) from doc;
                end $$;
                """)
            #expect(try tree.sync((1, 2)).directions[0].objects.made == 1)
            #expect(try rights(tree[2]) == "postgres|public SELECT\n")
            try tree[1].psql("drop owned by trompe_author")
            tree[1].connection.close()
            try Connection(try Servers.server(of: 1).conninfo()).script(
                "drop database \"\(tree[1].database)\" with (force)")
        }
    }
}
