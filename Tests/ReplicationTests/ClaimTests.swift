import Postgres
import Replication
import TestSupport
import Testing

/// Rows of two keys that claim one value, beside other conflicts of theirs.
@Suite struct ClaimTests {
    private let schema = "create table account (id int primary key, name text unique)"

    /// Rows exchange values in a circle, and a user takes another value of one of them before the table is
    /// locked for that: its row is not deleted to make room for what finds none.
    @Test func aValueIsTakenBeforeTheCircleIsLocked() throws {
        let schema = "create table slot (id int primary key, a int unique, b int unique)"
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into slot values (1, 1, 10), (2, 2, 20)")
            try tree.syncUntilQuiet()
            try tree[1].psql(
                """
                begin;
                update slot set a = null, b = 99 where id = 1;
                update slot set a = 1 where id = 2;
                update slot set a = 2 where id = 1;
                commit
                """)
            _ = try tree.whileHeld(on: 2, by: "insert into slot values (3, 3, 99)") {}
            try tree.syncUntilQuiet()
            // Who gives way is for a person to say.
            #expect(try tree[1].psql("select * from slot order by id") == "1|2|99\n2|1|20\n")
            #expect(try tree[2].psql("select id, b from slot order by id") == "1|10\n2|20\n3|99\n")
            for node in tree.nodes { #expect(try node.waiting() != "") }
        }
    }

    /// A row that wins the conflict over its own key, and loses the value that it took.
    @Test func aRowThatIsKeptLosesItsValue() throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into account values (13, 'ann'), (44, 'eve')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update account set name = 'kim' where id = 13")
            try tree[2].psql(
                """
                update account set name = null;
                update account set name = 'eve' where id = 13;
                update account set name = 'ann' where id = 44;
                """)
            try tree[1].psql("update account set name = null where id = 44")
            try tree[1].psql("insert into account values (54, 'eve')")
            #expect(try tree.sync((1, 2)).directions[0].conflicts == 2)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id, coalesce(name, '-') from account order by id")
                        == "13|kim\n44|-\n54|eve\n")
                #expect(
                    try node.psql("select loser from replication.conflict order by key ->> 'id'")
                        == #"{"id":13,"name":"eve"}"# + "\n" + #"{"id":44,"name":"ann"}"# + "\n")
            }
        }
    }

    /// A row that loses its value on either side to another one waits, and is not refused anew by every
    /// sync, each time with two more conflicts in the history.
    @Test func whatLosesOnBothSidesWaits() throws {
        try withTree(2, schema: schema) { tree in
            try tree[1].psql("insert into account values (1, null), (2, 'ann')")
            try tree.syncUntilQuiet()
            try tree[1].psql("update account set name = 'eve' where id = 2")
            try tree[1].psql("update account set name = 'ann' where id = 1")
            try tree[2].psql("insert into account values (4, 'eve')")
            for _ in 1...3 { try tree.sync((1, 2)) }
            let count = "select count(*) from replication.conflict"
            let before = try tree.nodes.map { try $0.psql(count) }
            for _ in 1...3 {
                let report = try tree.sync((1, 2))
                #expect(report.directions.map(\.moved) == [0, 0])
            }
            #expect(try tree.nodes.map { try $0.psql(count) } == before)
            #expect(
                try tree[2].psql("select key[1] from replication.quarantine order by 1")
                    == "1\n2\n")
            try tree[2].psql("update account set name = 'kim' where id = 4")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(
                    try node.psql("select id, name from account order by id")
                        == "1|ann\n2|eve\n4|kim\n")
                #expect(try node.psql("select count(*) from replication.quarantine") == "0\n")
            }
        }
    }
}
