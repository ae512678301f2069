import Postgres
import Replication
import TestSupport
import Testing

/// A table to stage.
let itemTable = "create table item (id int primary key, text text)"

/// The names of the tables that hold staged rows.
let stagedTables = """
    select relname from pg_class where relname ~ '^staged_' and relkind = 'r'
    """

/// The rows that are staged on B, in their order.
func staged(_ tree: TestTree) throws -> String {
    let rows = try tree[2].connection.query(
        """
        select s.id
        from replication.staging as s
            join replication.relation as r on r.id = s.relation
        where r.relid = 'public.item'::regclass
        """)
    guard let row = rows.first else { return "none" }
    return try tree[2].psql(
        """
        select string_agg(c1::text || coalesce(c2, '-'), ' ' order by seq)
        from replication.staged_\(try row.int("id"))
        """)
}

/// Syncs A to B, and cuts the link after so many rows.
func cutAfter(_ rows: Int, _ tree: TestTree) throws {
    let error = try refusal { try tree.cutSync((1, 2), after: rows) }
    guard case .cutOff = error else { throw error }
    #expect(error.exitStatus == 75)
    let count = try staged(tree).split(separator: " ").count
    #expect(error.message.contains(" \(count) rows ("))
}

/// Stages everything, and fails in the direction itself.
func failInTheDirection(
    _ tree: TestTree, _ given: SyncOptions = .bitByBit,
    onProgress: @escaping (Progress) -> Void = { _ in }
) throws {
    let holder = try tree[2].session()
    try holder.script("begin; select from replication.neighbour for update")
    var options = given
    options.lockTimeoutMilliseconds = 100
    options.retryLimit = 0
    #expect(throws: PostgresError.self) {
        try tree.edge((1, 2)).sync(options, onProgress: onProgress)
    }
    try holder.script("rollback")
}

/// Inserts rows with these numbers.
func items(_ range: ClosedRange<Int>, _ text: String = "a") -> String {
    "insert into item select i, '\(text)' from generate_series(\(range.lowerBound), "
        + "\(range.upperBound)) as i;"
}

/// What a crash of the source would have taken: the row 2 with its entry, and the mark.
let lossOfTheMark = """
    set session_replication_role = replica;
    delete from item where id = 2;
    delete from replication.log_5 where k1 = 2;
    delete from replication.staging_mark;
    """
