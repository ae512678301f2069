import Postgres
import Replication
import TestSupport
import Testing

/// What a node has lost behind its triggers, and then is told to delete, the nodes behind it have still.
@Suite struct PassedOnTests {
    @Test(arguments: [true, false]) func aDeleteOfALostRowGoesOn(goesStraight: Bool) throws {
        try withTree(3, schema: itemTable) { tree in
            var options = SyncOptions()
            options.goesStraight = goesStraight
            try tree[1].psql("insert into item select i, 'a' from generate_series(1, 6) as i")
            try tree.syncUntilQuiet(options)
            try tree[2].psql("delete from item where id = 6")
            try tree[2].psql(
                "set session_replication_role = replica; delete from item where id <= 3")
            try tree[1].psql("delete from item where id in (1, 2, 4, 6)")
            // Of what was never at B there is nothing to pass on.
            try tree[1].psql("insert into item values (7, 'a'); delete from item where id = 7")
            try tree.sync((1, 2), options)
            let deletes = """
                select key ->> 'id', via is null from replication.log
                where tablename = 'public.item' and action = 'D' order by key ->> 'id'
                """
            #expect(try tree[2].psql(deletes) == "1|f\n2|f\n4|f\n6|t\n")
            try tree.syncUntilQuiet(options)
            #expect(try tree[3].psql("select id from item order by id") == "3\n5\n")
            let entries = try tree[2].logEntries()
            try tree.syncUntilQuiet(options)
            #expect(try tree[2].logEntries() == entries)
            // Nor of what a TRUNCATE took.
            try tree[1].psql(
                "truncate item; insert into item values (5, 'b'); delete from item where id = 5")
            try tree.syncUntilQuiet(options)
            #expect(try tree[2].psql(deletes) == "1|f\n2|f\n4|f\n6|t\n")
            #expect(try tree[3].psql("select id from item") == "")
        }
    }
}
