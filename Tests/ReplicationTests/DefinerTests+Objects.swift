import Postgres
import Replication
import TestSupport
import Testing

/// The functions that say which columns hold large objects: anybody may call the one, and agents the
/// other.
extension DefinerTests {
    private static let documents = """
        create domain evil.number as bigint check (evil.holds(value));
        create type evil.pair as (a int);
        create function evil.wide(evil.pair) returns bigint language plpgsql
            as $$ begin return evil.hit(); end $$;
        create table evil.doc (id evil.checked primary key, lo oid, a bigint, b evil.number, c bigint,
            d bigint);
        create table evil.policed (id int primary key, a bigint);
        create policy all_of_it on evil.policed using (evil.hit() = 1);
        alter table evil.policed enable row level security, force row level security;
        create table evil.parted (id int primary key, a bigint) partition by list (id);
        create table evil.part partition of evil.parted default;
        create view evil.seen as select evil.hit() as id, 1::bigint as a;
        create materialized view evil.made as select 1 as id, 1::bigint as a;
        create unique index on evil.made (id);
        insert into evil.doc select 1, n, n, n, n, n from lo_from_bytea(0, 'x') as n;
        insert into evil.policed select id, lo::bigint from evil.doc;
        insert into evil.parted table evil.policed;
        """

    private static let checked = """
        create function evil.holds(bigint) returns boolean language plpgsql immutable
            as $$ begin return evil.hit() = 1; end $$;
        create domain evil.checked as int check (evil.holds(value));
        """

    private func withDocuments(_ body: (TestTree) throws -> Void) throws {
        try withRole(Self.owner) {
            try withTree(2, schema: Self.hit + Self.checked + Self.documents) { tree in
                try tree[1].psql(
                    """
                    reset role;
                    create table theirs (id int primary key, a bigint);
                    insert into theirs values (1, 1);
                    grant usage on schema replication to \(Self.owner);
                    grant select, insert, update, delete, truncate
                        on all tables in schema replication to \(Self.owner);
                    grant execute on function replication.set_object_column to \(Self.owner);
                    """)
                try body(tree)
                #expect(try hits(tree[1]) == 0)
                try tree[1].psql("drop owned by \(Self.owner) cascade")
                try tree[2].psql("drop owned by \(Self.owner) cascade")
            }
        }
    }

    private func objectColumns(_ node: TestNode) throws -> String {
        try node.psql(
            """
            select coalesce(string_agg(r.tablename || '.' || c.name, ' ' order by r.tablename, c.name), '')
            from replication.relation as r
                cross join replication.object_columns(r.relid) as c
            """)
    }

    @Test func noFunctionOfAnOwnerIsCalledForLargeObjects() throws {
        try withDocuments { tree in
            // Those that the owner may name.
            for column in [
                "evil.doc', 'a", "evil.doc', 'b", "evil.policed', 'a", "evil.parted', 'a",
            ] {
                try tree[1].psql(
                    """
                    set role \(Self.owner);
                    set search_path = evil;
                    select replication.large_object('\(column)')
                    """)
                #expect(try hits(tree[1]) == 0, "\(column)")
            }
            let named = "evil.doc.a evil.doc.b evil.doc.lo evil.parted.a evil.policed.a\n"
            #expect(try objectColumns(tree[1]) == named)
            let logged = try tree[1].psql(
                """
                select count(*) from replication.log
                where tablename like 'evil.%' and changed_at = '-infinity'
                """)
            #expect(logged != "0\n")
            // Those that nobody may, or others than he.
            for relation in ["evil.seen", "evil.made", "evil.part", "theirs", "replication.edge"] {
                for function in ["large_object", "set_object_column"]
                where relation != "theirs"
                    || function == "large_object"
                {
                    try attempt(
                        tree[1],
                        """
                        set role \(Self.owner);
                        insert into replication.relation (relid, kind, key, digest)
                        values ('\(relation)', 'r', '{id}', '');
                        """)
                    #expect(throws: Psql.Failure.self, "\(relation) \(function)") {
                        try tree[1].psql(
                            """
                            set role \(Self.owner);
                            select replication.\(function)('\(relation)', 'a', true)
                            """)
                    }
                    try tree[1].psql(
                        """
                        delete from replication.relation as r
                        where relid = '\(relation)'::regclass and digest = ''
                        """)
                }
            }
            #expect(try objectColumns(tree[1]) == named)
            #expect(throws: Psql.Failure.self) {
                try tree[1].psql("set role \(Self.owner); select replication.large_object(1, 'a')")
            }
        }
    }

    /// A column gets another type, with a cast of its owner's, between the look at it and the use.
    @Test func aColumnKeepsTheTypeThatWasChecked() throws {
        try withDocuments { tree in
            let owner = try tree[1].session()
            let conninfo = tree[1].conninfo
            let other = ThreadResult()
            try owner.script("set role \(Self.owner)")
            try owner.transaction {
                try owner.script(
                    """
                    create cast (evil.pair as bigint) with function evil.wide(evil.pair);
                    alter table evil.doc alter c type evil.pair using row(1)::evil.pair
                    """)
                other.run {
                    try Psql.run(
                        conninfo,
                        """
                        set application_name = 'other';
                        set role trompe_definer;
                        select replication.large_object('evil.doc', 'c')
                        """)
                }
                _ = try tree[1].waitForBlocked("other")
            }
            #expect(throws: Psql.Failure.self) { _ = try other.wait() }
            #expect(try hits(tree[1]) == 0)
            owner.close()
        }
    }
}
