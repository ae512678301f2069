import Postgres
import Replication
import Synchronization
import TestSupport
import Testing

/// Where nothing has changed since the last sync, the next one does not check everything again; and
/// whatever has changed is noticed.
@Suite struct GlanceTests {
    private static let schema = """
        create type mood as enum ('glad', 'sad');
        create domain code as text;
        create table item (id serial primary key, text text, mood mood, code code);
        create table note (id int primary key, text text);
        """

    /// Two neighbours that a sync has found at rest.
    private func withRest(_ body: (TestTree) throws -> Void) throws {
        try withTree(2, schema: Self.schema) { tree in
            try tree[1].psql("insert into item (text) values ('a')")
            try tree.syncUntilQuiet()
            try tree.sync((1, 2))
            #expect(try isAtRest(tree))
            try body(tree)
        }
    }

    /// How many round trips the next sync takes, over sessions that are open.
    private func trips(_ tree: TestTree, _ pair: (Int, Int) = (1, 2)) throws -> Int {
        let before = tree.nodes.reduce(0) { $0 + $1.connection.roundTrips }
        return try tree.sync(pair).roundTrips - before
    }

    /// Whether syncs take few of them: not where another test has just changed a role of the server.
    private func isAtRest(_ tree: TestTree, _ pair: (Int, Int) = (1, 2)) throws -> Bool {
        for _ in 1...10 where try trips(tree, pair) <= 12 { return true }
        return false
    }

    @Test func atRestLittleIsAsked() throws {
        try withRest { tree in
            let stamp = "select max(last_sync) from replication.neighbour"
            let before = try tree.nodes.map { try $0.psql(stamp) }
            let logged = try tree.nodes.map { try $0.psql("select count(*) from replication.log") }
            for _ in 1...3 {
                let report = try tree.sync((1, 2))
                #expect(report.isQuiet && report.directions.count == 2)
                #expect(report.clockSkew != nil)
            }
            #expect(try isAtRest(tree))
            #expect(try isAtRest(tree, (2, 1)))
            #expect(
                try tree.nodes.map { try $0.psql("select count(*) from replication.log") }
                    == logged)
            for (node, time) in zip(tree.nodes, before) { #expect(try node.psql(stamp) > time) }
        }
    }

    /// Whatever moved, the next syncs may rely on what was checked before.
    @Test func oneRowTakesFewRoundTrips() throws {
        try withRest { tree in
            var counts: [Int] = []
            for number in [1, 2] {
                for statement in [
                    "insert into note values (1, 'a')", "update note set text = 'b'",
                    "delete from note",
                ] {
                    try tree[number].psql(statement)
                    counts.append(try trips(tree))
                    #expect(try tree[1].contents() == tree[2].contents(), "\(statement)")
                    #expect(try isAtRest(tree), "\(statement)")
                }
            }
            // A row that is new takes no more.
            #expect(min(counts[0], counts[3]) <= 30, "\(counts)")
        }
    }

    /// What a user does on B, and what the next sync must say of it.
    enum Change: String, CaseIterable {
        case insert = "insert into note values (1, 'a')"
        case truncate = "truncate item"
        case captured = "alter table note add more int"
        case policy = "select replication.set_policy('item', 'priority', '2,1')"
        case optional = "alter table note drop text"
        case uncaptured = "alter table note alter text type varchar"
        /// That B takes it for checked does not make it so.
        case believed = """
            alter table note alter text type varchar;
            update replication.neighbour set checked_state = replication.checked_state()
            """
        case type = "alter type mood rename to temper"
        case domain = "alter domain code rename to cipher"
        case disabled = """
            set session_replication_role = replica;
            alter table note disable trigger replication_insert
            """
        case dropped = """
            set session_replication_role = replica;
            drop trigger replication_delete on note
            """
        case replaced = """
            do $$ begin execute (select format('create or replace function replication.%I() returns \
            trigger language plpgsql as ''begin return null; end''', proname) from pg_proc where \
            proname ~ '^insert_[0-9]' limit 1); end $$
            """
        case sequence = "select setval('item_id_seq', 1001)"
        case fresh = "create table fresh (id int primary key)"
        case copied = "update replication.self set database = 1"
        case forgotten = "update replication.neighbour set received_token = gen_random_uuid()"
        case forgottenOffer = """
            update replication.offer set seen = gen_random_uuid(), offered = gen_random_uuid(),
                xid = pg_current_xact_id()::text::bigint
            """
        case stranger = "update replication.neighbour set identity = gen_random_uuid()"
        case rejoining = "update replication.neighbour set known_as = gen_random_uuid()"
        case version = "insert into replication.version values (99)"
        case member = """
            insert into replication.member (number, name, identity) values (3, 'C', gen_random_uuid())
            """

        /// Whether the change is made where nothing captures it.
        var isHere: Bool { [.uncaptured, .believed, .type, .domain, .fresh].contains(self) }
        var isError: Bool {
            [
                .uncaptured, .believed, .type, .domain, .fresh, .disabled, .dropped, .replaced,
                .copied,
                .forgotten, .forgottenOffer, .stranger, .rejoining, .version,
            ].contains(self)
        }
    }

    @Test(arguments: Change.allCases.filter(\.isError))
    func whatMayNotGoOnIsNoticed(change: Change) throws {
        try withRest { tree in
            if change.isHere {
                try tree[2].psqlHere(change.rawValue)
            } else {
                try tree[2].psql(change.rawValue)
            }
            for _ in 1...2 {
                #expect(throws: (any Error).self) { try tree.sync((1, 2)) }
            }
        }
    }

    @Test func everyChangeIsNoticed() throws {
        try withRest { tree in
            for change in Change.allCases where !change.isError {
                try tree[2].psql(change.rawValue)
                let report = try tree.sync((1, 2))
                #expect(
                    !report.isQuiet || report.warnings.count > 1 || !report.mended.isEmpty,
                    "\(change)")
                try tree.syncUntilQuiet()
                #expect(try isAtRest(tree), "\(change)")
            }
        }
    }

    /// A row that waits for a person is asked for, and told, each time.
    @Test func aRowThatWaitsIsToldEachTime() throws {
        try withRest { tree in
            try tree[2].psqlHere("alter table note add check (text <> 'bad')")
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into note values (1, 'bad')")
            for _ in 1...4 { #expect(try tree.sync((1, 2)).waiting == 1) }
            try tree[1].psql("update note set text = 'good'")
            #expect(try tree.sync((1, 2)).waiting == 0)
            #expect(try tree[2].psql("select text from note") == "good\n")
        }
    }

    /// Who wrote before the look and commits behind it is not taken for done.
    @Test(arguments: [1, 2])
    func aLateCommitterIsNoticed(number: Int) throws {
        try withRest { tree in
            let user = try tree[number].session()
            defer { user.close() }
            try user.script("begin; insert into note values (1, 'late')")
            for _ in 1...3 {
                try tree[number].psql("select pg_current_xact_id()")
                #expect(try tree.sync((1, 2)).isQuiet)
            }
            try user.script("commit")
            #expect(try tree.sync((1, 2)).directions.reduce(0) { $0 + $1.moved } == 1)
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// Who writes between the look and the note of it is noticed the next time.
    @Test func whoWritesBehindTheLookIsNoticed() throws {
        try withRest { tree in
            let proxy = try Proxy(tree[1].conninfo)
            defer { proxy.close() }
            let conninfo = tree[1].conninfo
            let count = Mutex(0)
            proxy.rule { passage in
                guard passage.kind == .statement, passage.statement.contains("note_rest") else {
                    return .pass
                }
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                _ = try? Psql.run(conninfo, "insert into note values (\(number), 'between')")
                return .pass
            }
            for number in 1...3 {
                let ends = try (Connection(proxy.conninfo), Connection(tree[2].conninfo))
                _ = try Edge(ends.0, ends.1).sync()
                #expect(count.withLock { $0 } == number)
                try tree.sync((1, 2))
                #expect(try tree[2].psql("select count(*) from note") == "\(number)\n")
                try tree.sync((1, 2))
            }
        }
    }

    /// What a user writes between the look and the way back arrives with it all the same.
    @Test func whoWritesDuringTheFirstDirectionIsHeard() throws {
        try withRest { tree in
            try tree[1].psql("insert into note values (1, 'there')")
            let proxy = try Proxy(tree[1].conninfo)
            defer { proxy.close() }
            let conninfo = tree[2].conninfo
            proxy.rule { passage in
                if passage.kind == .statement, passage.statement.hasPrefix("copy (") {
                    _ = try? Psql.run(conninfo, "insert into item (text) values ('back')")
                    proxy.rule { _ in .pass }
                }
                return .pass
            }
            let report = try Edge(Connection(proxy.conninfo), Connection(conninfo)).sync()
            #expect(report.directions.map(\.moved) == [1, 1])
            #expect(report.directions.map(\.retries) == [0, 0])
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    /// Rights that were taken away are missed before anything is tried.
    @Test func whatARoleMayNotDoIsSaid() throws {
        try withRole("trompe_glancer") {
            try withRest { tree in
                try tree[2].psql("grant all on schema replication to trompe_glancer")
                let ends = try (
                    Connection(tree[1].conninfo),
                    Connection(tree[2].conninfo + " options='-c role=trompe_glancer'")
                )
                let error = try #require(throws: ReplicationError.self) {
                    try Edge(ends.0, ends.1).sync()
                }
                guard case .missingGrants = error else {
                    Issue.record("\(error)")
                    return
                }
            }
        }
    }
}
