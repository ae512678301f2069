import TestSupport
import Testing

/// `trompe compact`, as a user types it.
@Suite struct CompactCommandTests {
    @Test func itSaysWhatWentAndWhenItCannot() throws {
        try withTree(2, schema: "create table item (id int primary key, text text)") { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into item values (1, 'a'), (2, 'b')")
            for text in ["c", "d"] { try tree[1].psql("update item set text = '\(text)'") }
            let run = try Program.run("compact", "a", services: tree.services)
            #expect(run.status == 0 && run.errors == "", "\(run.errors)")
            #expect(run.output == "a: public.item: removed 4 of 6 entries\n")
            let again = try Program.run("compact", "a", "b", services: tree.services)
            #expect(
                again.status == 0 && again.output == "a: nothing to remove\nb: nothing to remove\n")

            let agent = try tree[1].session()
            defer { agent.close() }
            try agent.script("select pg_advisory_lock(hashtext('trompe'), 1 << 15 | 2)")
            let busy = try Program.run("compact", "a", services: tree.services)
            #expect(busy.status == 75 && busy.errors.contains("\nhint: try again after"))
        }
    }
}
