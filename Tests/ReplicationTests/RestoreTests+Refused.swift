import Postgres
import Replication
import TestSupport
import Testing

/// What stands in the way of a version that lost.
extension RestoreTests {
    @Test func aDeleteIsNotRestoredWhileRowsReferToTheRow() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("insert into singer values (1, 'Ada', 0)")
            try tree.syncUntilQuiet()
            try tree[1].psql("delete from singer")
            try tree[2].psql("insert into part values (1, 1)")
            try tree.syncUntilQuiet()
            let conflict = try #require(try Conflict.all(tree[1].connection).first)
            let error = try refusal { _ = try restore(conflict, on: tree[1]) }
            #expect(error.hint?.contains("others refer to it: delete those") == true)
            try tree[1].psql("delete from part")
            _ = try restore(conflict, on: tree[1])
            #expect(try tree[1].psql("select count(*) from singer") == "0\n")
        }
    }

    @Test func constraintsOfTheTableHaveTheirSay() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql(
                "insert into singer values (1, 'Ada', 0), (2, 'Ben', 0); insert into part values (1, 1)"
            )
            try tree.syncUntilQuiet()
            try tree[1].psql("update part set singer = 2")
            try tree[2].psql("update part set singer = null")
            try tree.syncUntilQuiet()
            let conflict = try #require(try Conflict.all(tree[1].connection).first)
            try tree[1].psql("delete from singer where id = 2")
            let parent = try refusal { _ = try restore(conflict, on: tree[1]) }
            #expect(parent.message.contains("\"part_singer_fkey\""))
            #expect(parent.message.contains("Key (singer)=(2) is not present in table \"singer\""))
            #expect(parent.hint?.contains("put the row that it refers to back first") == true)
            try tree[1].psql(
                """
                insert into singer values (2, 'Ben', 0);
                alter table part add constraint low check (singer < 2);
                """)
            let check = try refusal { _ = try restore(conflict, on: tree[1]) }
            #expect(check.message.contains("violates check constraint \"low\""))
            #expect(try tree[1].psql("table part") == "1|\\N\n")
            try tree[1].psql(
                """
                alter table part drop constraint low, drop constraint part_singer_fkey,
                    add foreign key (singer) references singer deferrable initially deferred;
                delete from singer where id = 2;
                """)
            let late = try refusal { _ = try restore(conflict, on: tree[1]) }
            #expect(late.message.contains("\"part_singer_fkey\""))
            #expect(try tree[1].psql("table part") == "1|\\N\n")
        }
    }
}
