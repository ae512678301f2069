import Postgres
import Replication
import TestSupport
import Testing

/// Pieces that are all of one kind.
extension StraightTests {
    /// Pieces of one row each: the first is looked into, those behind are taken for the like of it.
    private static var bitByBit: SyncOptions {
        var options = SyncOptions()
        options.straightBytes = 1
        return options
    }

    /// Pieces that are all of one kind, and others between them: what each did is counted, and logged,
    /// as it was.
    @Test(arguments: ["", "create sequence item_n owned by item.n;"])
    func evenPiecesAndOthers(more: String) throws {
        try withChain(
            Self.item + more, "insert into item select i, 'old', i from generate_series(1, 60) as i"
        ) { tree in
            // Two rows are the same already, and nobody knows.
            try tree[2].psql(
                """
                set session_replication_role = replica;
                update item set text = 'new' where id in (20, 25)
                """)
            try tree[1].psql(
                """
                update item set text = 'new' where id <= 30;
                delete from item where id between 31 and 50 or id in (10, 11);
                insert into item select i, 'new', i from generate_series(101, 120) as i;
                delete from item where id = 115;
                insert into item values (35, 'again', 35);
                """)
            let report = try tree.sync((1, 2), Self.bitByBit).directions[0]
            let table = try #require(report.tables.first)
            #expect(table.inserted == 19)
            #expect(table.updated == 27)
            #expect(table.deleted == 21)
            #expect(report.conflicts == 0)
            try tree.syncUntilQuiet(Self.bitByBit)
            for node in tree.nodes {
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
            let own = try versions(tree[1]).split(separator: "\n").filter { !$0.hasPrefix("115|") }
            #expect(try versions(tree[3]).split(separator: "\n") == own)
            let actions = try tree[2].psql(
                """
                select action, count(distinct key::text)
                from replication.log
                where tablename = 'public.item'
                    and via = 1
                    and changed_at > (
                        select max(changed_at) from replication.log where key ->> 'id' = '60')
                group by action
                order by action
                """)
            #expect(actions == "D|21\nI|19\nU|29\n")
        }
    }

    /// A user's change that is committed behind the look for such changes, and before the piece with its
    /// row, is not overwritten, whether its transaction is the younger one or the agent's.
    @Test(
        arguments: ["update item set text = 'new'", "delete from item"], [false, true])
    func aUserIsBetweenTheLookAndThePiece(change: String, isEarly: Bool) throws {
        try withChain(
            Self.item, "insert into item select i, 'old', i from generate_series(1, 9) as i"
        ) { tree in
            try tree[1].psql(change)
            let (holder, user) = (try tree[2].session(), try tree[2].session())
            try holder.script("begin; select from item where id = 2 for update")
            let write = "update item set text = 'user' where id = 3"
            if isEarly { try user.script("begin; \(write)") }
            // It waits at the second row, when it has looked already.
            let sync = BackgroundSync(tree[1], tree[2], Self.bitByBit)
            _ = try tree[2].waitForBlockedAgent()
            try user.script(isEarly ? "commit" : write)
            try holder.script("commit")
            for session in [holder, user] { session.close() }
            #expect(try sync.wait().directions[0].conflicts == 1)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("select text from item where id = 3") == "user\n")
                #expect(try node.contents() == tree[1].contents(), "\(node.letter)")
            }
        }
    }
}
