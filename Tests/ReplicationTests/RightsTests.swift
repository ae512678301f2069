import Postgres
import Replication
import TestSupport
import Testing

/// A sync needs neither a superuser nor the tables' owner.
@Suite struct RightsTests {
    private let schema = """
        create schema "Odd one";
        create table "Odd one"."Ta'ble" (id serial primary key, text text);
        create table note (id int primary key, text text);
        create table guarded (id int primary key, owner text);
        alter table guarded enable row level security;
        create policy own on guarded using (owner = current_user);
        create table parted (id int primary key) partition by range (id);
        create table parted_1 partition of parted default;
        create table child (id int primary key references note);
        insert into note values (1, 'x');
        """

    /// The role's name needs quoting, too.
    private let role = #""trompe Agent""#

    @Test func theNamedStatementsAreEnoughToSync() throws {
        try withRole(role) {
            try withTree(2, schema: schema) { tree in
                // What every database gives to everybody by default, this one does not.
                for node in tree.nodes {
                    try node.psql(
                        """
                        do $$ begin execute format('revoke temporary on database %I from public',
                            current_database()); end $$
                        """)
                }
                let sessions = try tree.nodes.map { node in
                    try Connection(
                        node.conninfo.replacing("user=postgres", with: "user='trompe Agent'"),
                        label: node.letter)
                }
                let sync = { try Edge(sessions[0], sessions[1]).sync() }
                for node in tree.nodes {
                    let error = try refusal { _ = try sync() }
                    guard case .missingGrants(let database, let statements) = error else {
                        throw error
                    }
                    #expect(database == node.letter)
                    // Roles belong to a server, which the two may share.
                    let passes = try node.psql(
                        "select rolbypassrls from pg_roles where rolname = 'trompe Agent'")
                    #expect(
                        statements.contains("alter role \(role) bypassrls") == (passes == "f\n"))
                    for statement in statements {
                        #expect(error.hint?.contains(statement) == true)
                        #expect(
                            statement.hasSuffix(" to \(role)") || statement.hasPrefix("alter role"))
                        try node.psql(statement)
                    }
                }
                try tree[1].psql(
                    """
                    insert into "Odd one"."Ta'ble" (text) values ('a');
                    insert into guarded values (1, 'somebody');
                    insert into parted values (1);
                    insert into child values (1);
                    """)
                try tree[2].psql("insert into note values (2, 'y')")
                _ = try sync()
                try tree[2].psql("truncate parted; delete from child; update note set text = 'z'")
                #expect(try sync().directions.map(\.moved) == [0, 3])
                #expect(try sync().isQuiet)
                #expect(try tree[1].contents() == tree[2].contents())
                #expect(try tree[2].psql("select count(*) from guarded") == "1\n")
                for session in sessions { session.close() }
                for node in tree.nodes { try node.psql("drop owned by \(role)") }
            }
        }
    }
}
