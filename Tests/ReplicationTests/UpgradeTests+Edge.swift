import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// Upgrades of nodes that are in use, and of what another build of one version has installed.
extension UpgradeTests {
    /// Two nodes with version 1 that are neighbours and level, each made of the dump of one.
    private func withVersionOne(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, installing: false) { tree in
            var object = ""
            for node in tree.nodes {
                try node.psql(String(contentsOf: fixture, encoding: .utf8))
                if node.number == 1 {
                    object = String(try node.psql("select lo_from_bytea(0, 'a scan')").dropLast())
                }
                try node.psql(
                    """
                    create table doc (id int primary key, lo oid);
                    insert into doc values (1, \(object));
                    do $$ begin perform replication.attach('doc'); end $$;
                    begin;
                    delete from replication.offer;
                    update replication.self
                    set number = m.number, name = m.name, identity = m.identity, database = d.oid
                    from replication.member as m, pg_database as d
                    where m.number = \(node.number) and d.datname = current_database();
                    update replication.neighbour as n
                    set number = m.number, name = m.name, identity = m.identity
                    from replication.member as m
                    where m.number <> \(node.number);
                    do $$
                    declare
                        r record;
                    begin
                        for r in select * from replication.relation loop
                            perform replication.number_sequences(r.relid);
                            execute format('delete from replication.log_%s', r.id);
                        end loop;
                    end $$;
                    commit
                    """)
            }
            for (source, target) in [(tree[1], tree[2]), (tree[2], tree[1])] {
                let token = try source.psql(
                    "select replication.make_offer(\(target.number), null)")
                let snapshot = try source.psql("select pg_current_snapshot()")
                try source.psql(
                    "update replication.neighbour set acknowledged = '\(snapshot.dropLast())'")
                try target.psql(
                    """
                    update replication.neighbour
                    set received = '\(snapshot.dropLast())', received_token = '\(token.dropLast())'
                    """)
            }
            try body(tree)
        }
    }

    @Test func anEdgeGoesOnWhereVersionOneLeftIt() throws {
        try withVersionOne { tree in
            try tree[1].psql(
                """
                insert into note (text) values ('new of A');
                update note set text = 'again of A' where id = 101;
                delete from place where part = 'b';
                update doc set lo = lo
                """)
            try tree[2].psql(
                """
                insert into note (text) values ('new of B');
                update note set text = 'again of B' where id = 101
                """)
            try upgradeTwiceAndKilledOnce(tree[1])
            for pair in [(1, 2), (2, 1)] {
                let error = try refusal { try tree.sync(pair) }
                #expect(error == .schemaOlder(database: "B", version: 1))
            }
            #expect(try tree[2].psql("select count(*) from note where text like 'new%'") == "1\n")
            #expect(try Installation.upgrade(tree[2].connection) == 1)
            let report = try tree.sync((1, 2))
            #expect(report.directions.map(\.moved) == [3, 2] && report.mended.isEmpty)
            #expect(report.directions.map(\.conflicts) == [1, 0])
            #expect(try tree.sync((1, 2)).isQuiet)
            #expect(try tree[1].contents() == tree[2].contents())
            let scan = try tree[2].psql("select convert_from(lo_get(lo), 'UTF8') from doc")
            #expect(scan == "a scan\n")
            for node in tree.nodes {
                #expect(
                    try node.psql("select text from note order by 1")
                        == "again of B\nnew of A\nnew of B\nnot sent yet\nof A\n")
                #expect(try Conflict.all(node.connection).count == 3)
                #expect(try node.broken() == "")
            }
        }
    }

    /// One that dies has changed nothing, and of two that come at once the second finds it done.
    private func upgradeTwiceAndKilledOnce(_ node: TestNode) throws {
        let holder = try node.session()
        try holder.script("begin; lock table replication.neighbour in access share mode")
        let conninfo = node.conninfo
        let run = { () -> ThreadResult in
            let result = ThreadResult()
            result.run { "\(try Installation.upgrade(try Connection(conninfo)))" }
            return result
        }
        let killed = run()
        let process = try node.waitForBlockedAgent()
        try holder.execute("select pg_terminate_backend(\(process)::int)")
        #expect(throws: PostgresError.self) { try killed.wait() }
        #expect(try node.psql("select max(number) from replication.version") == "1\n")
        let both = [run(), run()]
        _ = try node.waitForBlockedAgent()
        try holder.script("rollback")
        #expect(try both.map { try $0.wait() }.sorted() == ["1", "2"])
    }

    /// Before a release, builds of one version have other functions and columns.
    @Test func anotherBuildOfTheVersionIsRefusedUntilItIsUpgraded() throws {
        try withTree(3, edges: [(1, 2)], installing: false) { tree in
            for node in tree.nodes.prefix(2) {
                try node.psql(noteTable)
                try node.install()
            }
            try tree.edge((1, 2)).link()
            try tree.syncUntilQuiet()
            for change in [
                "update replication.version set digest = 'another'",
                "alter table replication.version drop column digest; drop function replication.glance",
            ] {
                try tree[2].psql(change)
                try tree[1].psql("insert into note select coalesce(max(id), 0) + 1 from note")
                for attempt in [
                    { _ = try tree.sync((1, 2)) }, { _ = try tree[2].install() },
                    { _ = try tree[2].status() },
                    {
                        _ = try Clone.run(
                            tree[2].connection, tree[3].connection, Clone.Options(number: 3))
                    },
                ] {
                    let error = try refusal(attempt)
                    #expect(error == .schemaOfOtherBuild(database: "B"))
                    #expect(error.hint?.hasSuffix("trompe upgrade B") == true)
                }
                #expect(try Installation.upgrade(tree[2].connection) == Schema.version)
                try tree.sync((1, 2))
                #expect(try tree[1].contents() == tree[2].contents())
            }
        }
    }

    /// Who owns the tables and may make a schema needs no more to install, and to upgrade what he has
    /// installed.
    @Test func aRoleThatIsNoSuperuserInstallsAndUpgrades() throws {
        try withRole("trompe_owner") {
            try withTree(2, installing: false) { tree in
                let parameter = "set on parameter session_replication_role"
                defer {
                    for node in tree.nodes {
                        _ = try? node.psql("revoke \(parameter) from trompe_owner")
                    }
                }
                let sessions = try tree.nodes.map { node in
                    try node.psql(
                        """
                        grant create on database \(node.database) to trompe_owner;
                        grant create on schema public to trompe_owner;
                        grant \(parameter) to trompe_owner;
                        set role trompe_owner;
                        create table note (id serial primary key, text text)
                        """)
                    return try Connection(
                        node.conninfo.replacing("user=postgres", with: "user=trompe_owner"),
                        label: node.letter)
                }
                for (index, session) in sessions.enumerated() {
                    _ = try Installation.install(session, number: index + 1)
                }
                try Edge(sessions[0], sessions[1]).link()
                try tree[1].psql("insert into note (text) values ('of A')")
                _ = try Edge(sessions[0], sessions[1]).sync()
                try tree[1].psql("update replication.version set digest = 'another'")
                #expect(try Installation.upgrade(sessions[0]) == Schema.version)
                try tree[2].psql("insert into note (text) values ('of B')")
                _ = try Edge(sessions[0], sessions[1]).sync()
                #expect(try tree[1].psql("select text from note order by 1") == "of A\nof B\n")
                // As a superuser has installed it.
                try tree[2].psql("alter schema replication owner to postgres")
                let error = try refusal { _ = try Installation.upgrade(sessions[1]) }
                #expect(error == .schemaOfOthers(database: "B", owner: "postgres"))
            }
        }
    }
}
