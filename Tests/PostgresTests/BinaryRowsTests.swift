import Postgres
import TestSupport
import Testing

/// Rows in binary format, held in memory between two servers.
@Suite struct BinaryRowsTests {
    private let table = "create table t (a int, b text, c bytea, d bigint)"
    private let rows = """
        insert into t
        select i, case when i % 3 > 0 then repeat('y', i % 700) end, '\\x00ff', -i
        from generate_series(1, 20000) as i
        """

    private let out: SQL = "copy (select * from t order by a) to stdout with (format binary)"
    private let sums: SQL = """
        select count(*) || ' ' || sum(hashtext((t.a, t.b, t.c, t.d)::text)::bigint) as sum from t
        """

    private func withPair(
        _ name: String = #function, _ body: (Connection, Connection) throws -> Void
    ) throws {
        let server = try Servers.server(of: 1)
        let names = ["a", "b"].map { "\(name.prefix(20).filter(\.isLetter).lowercased())_\($0)" }
        for name in names { try server.createDatabase(name) }
        let (a, b) = try (
            Connection(server.conninfo(names[0])), Connection(server.conninfo(names[1]))
        )
        for one in [a, b] {
            try one.script("set search_path = public")
            try one.script(table)
        }
        try a.script(rows)
        try body(a, b)
        a.close()
        b.close()
        for name in names { try Connection(server.conninfo()).script("drop database \(name)") }
    }

    @Test func whatIsSentInPiecesArrives() throws {
        try withPair { a, b in
            var pieces = 0
            try a.copyOutPieces(
                out, beside: b, pieces: CopyPieces(smallest: 10_000, largest: 100_000)
            ) { piece in
                pieces += 1
                let count = try b.copyIn(
                    "copy t from stdin with (format binary)", rows: piece, [.fields(0..<4)])
                #expect(count == piece.count)
                // The source goes on meanwhile.
                try b.execute("select pg_sleep(0.005)")
            }
            #expect(pieces > 50)
            #expect(
                try a.query(sums).first?.string("sum") == b.query(sums).first?.string("sum"))
        }
    }

    @Test func partsOfRowsAndValuesOfOnesOwn() throws {
        try withPair { a, b in
            try b.script("create table u (b text, x bigint, d bigint, y \"char\", z int)")
            var nulls = 0
            try a.copyOutPieces(
                out, beside: b, pieces: CopyPieces(smallest: 10_000, largest: 100_000)
            ) { piece in
                _ = try b.copyIn(
                    "copy u from stdin with (format binary)", rows: piece,
                    [
                        .fields(1..<2), .constant(BinaryRows.bytes(Int64(-7))), .fields(3..<4),
                        .constant(Array("I".utf8)), .fields(0..<1),
                    ])
                piece.forEach(field: 1) { nulls += $0 == nil ? 1 : 0 }
            }
            #expect(nulls == 6_666)
            let same = try b.query(
                """
                select count(*) as count, count(*) filter (where x = -7 and y = 'I' and d = -z
                    and b is not distinct from case when z % 3 > 0 then repeat('y', z % 700) end) as good
                from u
                """
            ).first
            #expect(try same?.int("count") == 20_000)
            #expect(try same?.int("good") == 20_000)
        }
    }

    /// An error on one side leaves both where they can go on.
    @Test func aFailureOfTheTarget() throws {
        try withPair { a, b in
            try b.script("alter table t add check (a < 15000)")
            #expect(throws: PostgresError.self) {
                try a.copyOutPieces(
                    out, beside: b, pieces: CopyPieces(smallest: 10_000, largest: 100_000)
                ) { piece in
                    _ = try b.copyIn(
                        "copy t from stdin with (format binary)", rows: piece, [.fields(0..<4)])
                }
            }
            #expect(try a.query("select 1 as one").first?.int("one") == 1)
            #expect(try b.query("select 1 as one").first?.int("one") == 1)
        }
    }
}
