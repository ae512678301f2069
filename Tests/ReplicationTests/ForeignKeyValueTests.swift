import Postgres
import Replication
import TestSupport
import Testing

/// Foreign keys to values beside the key, which an update can take away: it waits while a row of the
/// other side refers to the old value, and foreign keys are true on both nodes all the time.
@Suite struct ForeignKeyValueTests {
    @Test(arguments: [1, 2], ["", "(5, 'a')"])
    func aValueThatIsReferredToIsNotTakenAway(by changer: Int, child: String) throws {
        let schema = """
            create table parent (id int primary key, code text unique);
            create table child (id int primary key,
                code text references parent (code) on update cascade);
            """
        let rows = """
            insert into parent values (1, 'a'), (2, 'b');
            \(child.isEmpty ? "" : "insert into child values \(child);")
            """
        try withLevelPair(schema, rows) { tree in
            let other = tree[3 - changer]
            try tree[changer].psql("update parent set code = 'x' where id = 1")
            try other.psql("insert into child values (10, 'a'), (20, 'b')")
            try tree.syncUntilQuiet()
            #expect(try tree.brokenForeignKeys() == [])
            let waiting = try tree.nodes.flatMap { try WaitingRow.all($0.connection) }
            #expect(waiting.contains { $0.table == "public.child" && $0.key.contains("10") })
            for node in tree.nodes {
                #expect(try node.psql("select code from child where id = 20") == "b\n")
            }
            try other.psql("delete from child where id = 10")
            try tree.expectEqual("x\nb\n", "select code from parent order by id")
            #expect(try tree.nodes.flatMap { try WaitingRow.all($0.connection) }.isEmpty)
        }
    }
}
