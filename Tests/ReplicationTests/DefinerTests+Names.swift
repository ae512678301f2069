import Postgres
import Replication
import TestSupport
import Testing

/// Names that the session of an owner gives another meaning: by temporary views, and by a search path.
extension DefinerTests {
    private static let schema =
        hit + """
            create table evil.note (id serial primary key, a int, lo bigint);
            create table evil.parted (id int primary key, a int) partition by list (id);
            create table evil.part partition of evil.parted default;
            create function evil.to_regclass(text) returns regclass language plpgsql
                as $$ begin perform evil.hit(); return pg_catalog.to_regclass($1); end $$;
            create function evil.set_config(text, text, boolean) returns text language plpgsql
                as $$ begin perform evil.hit(); return pg_catalog.set_config($1, $2, $3); end $$;
            create function evil.format(text, text) returns text language plpgsql
                as $$ begin perform evil.hit(); return pg_catalog.format($1, $2); end $$;
            create function evil.same(text, text) returns boolean language plpgsql
                as $$ begin return evil.hit() = 1; end $$;
            create operator evil.= (leftarg = text, rightarg = text, function = evil.same);

            """

    private static let statements = """
        insert into evil.note (a) values (1);
        update evil.note set id = id + 1;
        alter table evil.note add b int;
        alter table evil.note alter a type bigint, drop column b;
        alter table evil.note rename to was;
        alter sequence evil.note_id_seq restart with 77;
        alter table evil.was rename to note;
        alter table evil.note drop constraint note_pkey, add unique (id);
        alter table evil.note add primary key (id);
        select replication.large_object('evil.note', 'a');
        truncate evil.part;
        alter table evil.parted detach partition evil.part;
        create table evil.made (id serial primary key);
        drop table evil.made;
        delete from evil.note;
        """

    private func withNames(_ body: (TestTree) throws -> Void) throws {
        try withRole(Self.owner) {
            try withTree(2, schema: Self.schema) { tree in
                try tree.syncUntilQuiet()
                try tree[1].psql("grant usage on schema replication to \(Self.owner)")
                try body(tree)
                #expect(try hits(tree[1]) == 0)
                for node in tree.nodes { try node.psql("drop owned by \(Self.owner) cascade") }
            }
        }
    }

    /// A temporary view stands before the catalog of its name, unless pg_temp is named behind it.
    @Test func temporaryViewsAreNotTakenForCatalogs() throws {
        try withNames { tree in
            let views = try tree[1].psql(
                """
                select format('create temporary view %I as select %s from pg_catalog.%I'
                    ' where evil.hit() = 1;', c.relname, string_agg(format('%I', a.attname), ', '),
                    c.relname)
                from pg_class as c
                    join pg_attribute as a on a.attrelid = c.oid
                where c.relnamespace = 'pg_catalog'::regnamespace
                    and c.relkind in ('r', 'v')
                    and a.attnum > 0
                    and a.atttypid <> all (array['anyarray', 'pg_statistic[]']::regtype[])
                group by c.oid
                """)
            try tree[1].psql("set role \(Self.owner); \(views) \(Self.statements)")
        }
    }

    /// The same of types: a variable would be of the caller's domain, and its CHECK evaluated.
    @Test func temporaryTypesAreNotTakenForPostgres() throws {
        try withNames { tree in
            let domains = [
                "oid", "name", "text", "regclass", "jsonb", "int2", "int4", "int8", "bool",
                "numeric",
            ].map {
                "create domain pg_temp.\($0) as pg_catalog.\($0) check (evil.hit() = 1);"
            }.joined(separator: "\n")
            try tree[1].psql("set role \(Self.owner); \(domains) \(Self.statements)")
        }
    }

    @Test func namesAreNotLookedUpInTheSearchPathOfTheCaller() throws {
        try withNames { tree in
            try tree[1].psql(
                """
                set role \(Self.owner);
                set search_path = evil, pg_catalog;
                \(Self.statements)
                """)
        }
    }
}
