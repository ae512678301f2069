import Postgres
import Replication
import TestSupport
import Testing

/// vacuumlo, which looks for numbers in columns of the types oid and lo, as a user runs it.
@Suite struct ObjectHoldTests {
    private let schema = "create table doc (id int primary key, lo oid, n bigint);"

    private func vacuumlo(_ node: TestNode) throws {
        let program = try Servers.programs(of: node.number) + "/vacuumlo"
        let run = try runProgram(program, [node.conninfo])
        #expect(run.status == 0, "\(run.errors)")
    }

    private func objects(_ node: TestNode) throws -> String {
        try node.psql("select oid from pg_largeobject_metadata order by 1")
    }

    private func text(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select id, convert_from(lo_get(lo), 'utf8'), convert_from(lo_get(n::oid), 'utf8')
            from doc order by id
            """)
    }

    @Test func vacuumloDoesNoHarm() throws {
        try withTree(schema: schema) { tree in
            try tree[1].psql("select replication.large_object('doc', 'n')")
            try tree[1].psql(
                """
                insert into doc
                select i, lo_from_bytea(0, convert_to('lo ' || i, 'utf8')),
                    lo_from_bytea(0, convert_to('n ' || i, 'utf8'))::bigint
                from generate_series(1, 3) as i
                """)
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.psql(
                    """
                    select lo_put(lo, 0, '\(node.letter)'), lo_put(n::oid, 0, '\(node.letter)') from doc
                    where id = 1;
                    update doc set lo = lo where id = 1
                    """)
            }
            try tree.syncUntilQuiet()
            // Somebody is writing: what the row leaves behind on B stays until that is over.
            let user = try tree[2].session()
            try user.script("begin; insert into doc values (9)")
            try tree[1].psql(
                "select lo_unlink(lo), lo_unlink(n::oid) from doc where id = 3; delete from doc where id = 3"
            )
            try tree.sync((1, 2))
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "2\n")
            #expect(try tree[2].psql("select count(*) from replication.kept_object") == "2\n")

            let before = try tree.nodes.map { try objects($0) }
            let contents = try tree.nodes.map { try $0.contents() }
            for node in tree.nodes { try vacuumlo(node) }
            #expect(try tree.nodes.map { try objects($0) } == before)
            #expect(try tree.nodes.map { try $0.contents() } == contents)
            try user.script("rollback")
            user.close()

            let conflict = try #require(try Conflict.all(tree[2].connection).first)
            let session = try Connection(tree[2].conninfo, label: "B")
            #expect(try conflict.restore(session).outcome == .updated)
            session.close()
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try text(node) == "1|Ao 1|A 1\n2|lo 2|n 2\n", "\(node.letter)")
                #expect(try node.orphans() == [], "\(node.letter)")
            }
            #expect(try tree[2].psql("select count(*) from replication.loose_object") == "0\n")
            try letGo(tree)
        }
    }

    /// What users leave behind is not held for longer than somebody may need it.
    private func letGo(_ tree: TestTree) throws {
        try tree[1].psql("delete from doc where id = 2")
        #expect(try tree[1].orphans().count == 2)
        try vacuumlo(tree[1])
        #expect(try tree[1].orphans().count == 1)
        try tree.syncUntilQuiet()
        #expect(try tree[2].orphans() == [])
        try vacuumlo(tree[1])
        #expect(try tree[1].orphans() == [])
        for node in tree.nodes {
            #expect(try text(node) == "1|Ao 1|A 1\n", "\(node.letter)")
            #expect(
                try node.psql(
                    "select count(*) from replication.held_object as h join doc on n = h.lo::bigint"
                )
                    == "1\n")
            #expect(try node.psql("select count(*) from replication.held_object") == "1\n")
        }
    }
}
