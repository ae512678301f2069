import Foundation
import TestSupport
import Testing

/// `trompe filter`, as a user types it.
@Suite struct FilterCommandTests {
    private let schema = """
        create table orders (id int primary key, region text);
        create table wages (id int primary key);
        """

    private func trompe(_ services: [String: String], _ words: [String]) throws -> Program.Run {
        try Program.run(list: words, services: services)
    }

    @Test func aNeighbourGetsItsPart() throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql(
                "insert into orders values (1, 'north'), (2, 'south'); insert into wages values (1)"
            )
            let services = tree.services
            let filter = ["filter", "a", "b"]
            let run = try trompe(services, filter + ["orders", "--where", "region = 'north'"])
            #expect(
                run.output
                    == "a - b: table public.orders: b gets the rows where region = 'north'\n",
                "\(run.errors)")
            #expect(try trompe(services, filter + ["wages", "--exclude"]).status == 0)
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            #expect(
                try tree[2].psql("select id from orders union all select id from wages") == "1\n")
            #expect(
                try trompe(services, ["filter", "b"]).output == """
                    from A come the rows of public.orders where (region = 'north'::text)
                    public.wages does not cross the edge to A

                    """)
            let json = try trompe(services, ["filter", "a", "b", "--json"]).output
            #expect(json.contains("\"condition\" : \"(region = 'north'::text)\""))
            let status = try trompe(services, ["status", "b"])
            #expect(status.output.contains("filter: from A come the rows of public.orders where"))
            // Refused, and said how; also where the trigger was disabled until the next sync.
            try tree[2].psql(
                """
                set session_replication_role = replica;
                alter table orders disable trigger trompe_outside_update
                """)
            let mended = try trompe(services, ["sync", "b", "a"])
            #expect(
                (mended.output + mended.errors).contains("changes outside its filter were not"))
            let refusal = #expect(throws: Psql.Failure.self) {
                try tree[2].psql("update orders set region = 'south'")
            }
            #expect(
                refusal?.description.contains(
                    "table public.orders: a row would be outside the filter of this node, "
                        + "(region = 'north'::text)") ?? false)
            // The condition follows the names of its columns, and stops the sync where one is gone.
            try tree[1].psql("alter table orders rename region to area")
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            try tree[2].psql("insert into orders values (3, 'north')")
            try tree[1].psql("alter table orders drop area")
            let gone = try trompe(services, ["sync", "a", "b"])
            #expect(gone.status == 1 && gone.errors.contains("names a column that is not there"))
            let other = try trompe(services, filter + ["orders", "--where", "id > 1"])
            #expect(other.output.contains("; with the next sync, 2 rows come or leave"))
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            #expect(try tree[2].psql("select id from orders order by id") == "2\n3\n")
            // A list of columns, in SQL's spelling, is shown; and what a filter keeps back is explained.
            try tree[1].psql(
                "alter table orders add \"Big, one\" text; alter table orders add price int")
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            try tree[1].psql("update orders set price = 4711")
            let list = ["--where", "id > 1", "--columns", "ID, \"Big, one\""]
            let part = try trompe(services, filter + ["orders"] + list)
            #expect(
                part.output.contains("b gets the columns id, Big, one of the rows where id > 1"))
            #expect(
                try trompe(services, ["filter", "a"]).output.hasPrefix(
                    "B gets the columns id, Big, one of the rows of public.orders where (id > 1)\n")
            )
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            #expect(try !tree[2].contents().contains("4711"))
            #expect(
                try trompe(services, ["explain", "a", "orders", "1"]).output.contains(
                    "neighbour   B (2) does not get it: it is outside the filter"))
            // It goes with the filter, or with the edge.
            #expect(try trompe(services, filter + ["orders", "--none"]).status == 0)
            #expect(try trompe(services, filter + ["wages", "--none"]).status == 0)
            try tree[2].psql("insert into orders values (0); insert into wages values (2)")
            #expect(try trompe(services, ["sync", "a", "b"]).status == 0)
            #expect(try trompe(services, ["filter", "a"]).output == "a: no filters\n")
            // What was cut from B's history stays cut.
            let rows = try [1, 2].map { node in
                try tree[node].contents().split(separator: "\n").filter { $0.hasPrefix("public.") }
            }
            #expect(rows[0] == rows[1])
            _ = try trompe(services, filter + ["orders", "--where", "id > 1"])
            #expect(try trompe(services, ["unlink", "a", "b"]).status == 0)
            try tree[2].psql("insert into orders values (-1)")
            #expect(try trompe(services, ["filter", "b"]).output == "b: no filters\n")
        }
    }

    @Test(arguments: [
        ["filter", "a", "b", "orders"], ["filter", "a", "b", "--exclude"],
        ["filter", "a", "b", "orders", "--none", "--exclude"],
        ["filter", "a", "b", "orders", "--none", "--columns", "id"],
        ["filter", "a", "b", "orders", "--none", "--json"], ["filter"],
    ])
    func theCommandLineIsChecked(words: [String]) throws {
        #expect(try Program.run(list: words, services: [:]).status == 64)
    }
}
