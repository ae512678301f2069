import Foundation
import Postgres
import TestSupport
import Testing

@testable import Replication

/// What cannot be compared is said.
extension CompareTests {
    @Test func aSyncMustComeFirstWhereTheSidesAreNotAlike() throws {
        try withTree(2, schema: Self.schema) { tree in
            let never = try refusal { _ = try tree.edge((1, 2)).compareObjects() }
            #expect(never.message.contains("never"))
            #expect(never.hint == "nothing was changed; run: trompe sync A B")
            try tree.syncUntilQuiet()
            try tree[2].psql("create table late (id int primary key, lo oid)")
            let late = try refusal { _ = try tree.edge((1, 2)).compareObjects() }
            guard case .notComparable("A", "B", because: let because) = late else { throw late }
            #expect(because.first?.hasPrefix("B has changed its schema: create table late") == true)
            try tree.sync((1, 2))
            #expect(try tree.edge((1, 2)).compareObjects().tables == 4)
            // What would be mended is said, and not done.
            for node in tree.nodes {
                try node.captureSchemaChanges(false)
                try node.psql("create table later (id int primary key, lo oid)")
            }
            let warned = try tree.edge((1, 2)).compare()
            #expect(
                warned.warnings.contains("the next sync mends: A: public.later: the table is new"))
            #expect(warned.objects.tables == 4)
            #expect(
                try tree[1].psql(
                    "select count(*) from replication.relation where relid = 'later'::regclass")
                    == "0\n")
        }
    }

    /// An agent's role needs what it needs for a sync, and SELECT on the objects.
    @Test func anUnreadableObjectIsNamed() throws {
        try withRole("trompe_comparing") {
            try withObjects { tree in
                let sessions = try tree.nodes.map { try $0.agentSession("trompe_comparing") }
                let edge = try Edge(sessions[0], sessions[1])
                let error = try refusal { _ = try edge.compareObjects() }
                guard case .objectForbidden("A", "trompe_comparing", _, true) = error else {
                    throw error
                }
                for node in tree.nodes {
                    try node.psql(
                        """
                        do $$ declare n oid; begin
                            for n in select oid from pg_largeobject_metadata loop
                                execute format('grant select on large object %s to trompe_comparing', n);
                            end loop;
                        end $$
                        """)
                }
                try put(tree[1], "ONE", in: "document where id = 1")
                #expect(try edge.compareObjects().differing == 2)
                for session in sessions { session.close() }
                for node in tree.nodes { try node.psql("drop owned by trompe_comparing") }
            }
        }
    }
}
