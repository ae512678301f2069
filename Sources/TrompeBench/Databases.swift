import Foundation
import Postgres

/// A table of the shape that all works are about, and statements about it.
enum Rows {
    static let columns = "id bigint primary key, n int, s text, x numeric, at timestamptz, j jsonb"

    static func create(_ name: String) -> String { "create table \(name) (\(columns))" }

    /// Rows with the keys from `first` to `last`.
    static func insert(_ name: String, _ first: Int, _ last: Int) -> String {
        """
        insert into \(name)
        select i, i % 1000, substr(md5(i::text) || md5(i::text), 1, 60), i * 1.25,
            '2026-01-01'::timestamptz + i * interval '1 second',
            jsonb_build_object('a', i, 'b', 'x' || i)
        from generate_series(\(first), \(last)) as i
        """
    }

    /// Each fifth row is another one.
    static func update(_ name: String) -> String {
        "update \(name) set n = n + 1, s = reverse(s) where id % 5 = 0"
    }

    /// Each fifth row goes: others than those of the update.
    static func delete(_ name: String) -> String { "delete from \(name) where id % 5 = 1" }

    /// Transactions of ten rows each: six new ones, three changed, one deleted.
    static func transactions(_ name: String, _ count: Int, above last: Int) -> String {
        """
        do $$
        declare
            first bigint;
        begin
            for i in 1..\(count) loop
                first := \(last) + i * 6;
                insert into \(name)
                select k, 1, 'new', 1.5, '2026-01-01', '{}' from generate_series(first, first + 5) as k;
                update \(name) set n = n + 1 where id in (i * 4 + 2, i * 4 + 3, i * 4 + 1000);
                delete from \(name) where id = first;
                commit;
            end loop;
        end $$
        """
    }
}

extension Bench {
    /// Makes an empty database anew on a server: 0 or 1.
    func fresh(_ name: String, on server: Int) throws -> Connection {
        let admin = try Connection(servers[server].conninfo())
        try admin.script("drop database if exists \(name) with (force)")
        try admin.script("create database \(name)")
        return try Connection(servers[server].conninfo(name))
    }

    func conninfo(_ name: String, on server: Int) -> String { servers[server].conninfo(name) }

    /// Nothing of what was done before is left for the next measurement to pay for.
    func settle() throws {
        for server in servers { try Connection(server.conninfo()).script("checkpoint") }
    }

    /// Level, and nothing left to do.
    func sync(_ a: String, _ b: String) throws {
        for _ in 0..<2 { try trompe("sync", a, b) }
    }
}
