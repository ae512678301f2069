import Postgres
import Replication
import TestSupport
import Testing

/// Rows of two keys that claim one value, beside other conflicts of theirs.
@Suite struct ClaimTests {
    private let schema = "create table account (id int primary key, name text unique)"

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
