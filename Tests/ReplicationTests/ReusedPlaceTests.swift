import Postgres
import Replication
import TestSupport
import Testing

/// VACUUM gives the place of a deleted row to the next one: a row is known by its place and its
/// version, never by its place alone.
@Suite struct ReusedPlaceTests {
    private static let tables = """
        create table first (id int primary key, name text);
        create table second (id int primary key, name text);
        """
    private static let rows = """
        insert into first values (1, 'one');
        insert into second values (1, 'one'), (2, 'two');
        """

    /// A user's delete is under way when the rows are decided. Before they are written it is
    /// committed and vacuumed, and another row of his stands in that place.
    @Test(
        arguments: [
            ("update second set name = 'A' where id = 1", "1|A\n2|two\n9|user\n"),
            ("delete from second where id = 1", "2|two\n9|user\n"),
        ])
    func aRowInThePlaceOfADecidedOneIsLeftAlone(change: String, rows: String) throws {
        try withLevelPair(Self.tables, Self.rows) { tree in
            let place = try tree[2].psql("select ctid from second where id = 1")
            let user = try tree[2].session()
            try user.script("begin; delete from second where id = 1")
            try tree[1].psql("update first set name = 'A'; \(change)")
            var isTaken = false
            let edge = try tree.edge((1, 2))
            var options = SyncOptions()
            options.goesStraight = false
            _ = try edge.sync(options.ofThisRun) { progress in
                guard case .applying(let table) = progress, !isTaken else { return }
                do {
                    if table == "public.first" { try user.script("commit") }
                    // The agent's snapshot is by now one that sees the delete.
                    guard table == "public.second" else { return }
                    isTaken = true
                    try tree[2].psql("vacuum (index_cleanup on) second")
                    try tree[2].psql("insert into second values (9, 'user')")
                } catch {
                    Issue.record(error)
                }
            }
            #expect(try tree[2].psql("select ctid from second where id = 9") == place)
            try tree.expectEqual(rows, "select id, name from second order by id")
        }
    }
}
