import Postgres
import Replication
import TestSupport
import Testing

/// What has changed in the tables since the last sync: mended, or named.
@Suite struct VerifyTests {
    /// At once; where nothing captures changes of schema, in the next sync.
    @Test(arguments: [true, false]) func aNewTableIsAttachedWithTheRowsItHas(
        isCaptured: Bool
    ) throws {
        try withTree(3, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.captureSchemaChanges(isCaptured)
                try node.psql(
                    """
                    create table late (id int primary key, text text);
                    insert into late values (\(node.number), '\(node.letter)');
                    """)
            }
            let isLeft = try tree[1].status().unattached.contains {
                $0.contains("next sync attaches it")
            }
            #expect(isLeft == !isCaptured)
            var options = SyncOptions()
            options.isDryRun = true
            let tried = try tree.sync((1, 2), options).mended
            #expect(
                tried
                    == (isCaptured ? [] : ["A", "B"]).map { "\($0): public.late: the table is new" }
            )
            #expect(try tree[1].status().tables == (isCaptured ? 2 : 1))
            #expect(try tree.sync((1, 2)).mended == tried)
            try tree.syncUntilQuiet()
            let rows = try tree[3].psql("select * from late order by id")
            #expect(rows == "1|A\n2|B\n3|C\n")
            #expect(try tree[1].contents() == tree[3].contents())
            try tree[1].psql("truncate late")
            try tree.syncUntilQuiet()
            #expect(try tree[3].psql("select count(*) from late") == "0\n")
        }
    }

    @Test(arguments: [true, false]) func aNewPartitionIsAttachedWithTheRowsItHas(
        isCaptured: Bool
    ) throws {
        let schema = """
            create table parted (id int primary key, text text) partition by range (id);
            create table parted_1 partition of parted for values from (0) to (100);
            """
        try withTree(2, schema: schema) { tree in
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.captureSchemaChanges(isCaptured)
                try node.psql(
                    """
                    create table parted_2 (id int primary key, text text);
                    insert into parted_2 values (100 + \(node.number), 'before');
                    alter table parted attach partition parted_2 for values from (100) to (200);
                    create table parted_3 partition of parted for values from (200) to (300)
                        partition by range (id);
                    create table parted_3_1 partition of parted_3 default;
                    insert into parted values (200 + \(node.number), 'through the root');
                    insert into parted_3_1 values (210 + \(node.number), 'into the leaf');
                    """)
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select count(*) from parted") == "6\n")
            #expect(try tree[1].contents() == tree[2].contents())
            try tree[2].psql("delete from parted_2; update parted_3 set text = 'later'")
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }

    @Test func tablesThatCannotBeReplicatedAreListedWithTheReason() throws {
        let schema = """
            create table no_key (a int, b int unique);
            create table "Half Key" (a int, b int not null);
            create unique index on "Half Key" (b) where a > 0;
            create unlogged table lost (id int primary key);
            create foreign data wrapper nothing;
            create server far foreign data wrapper nothing;
            create foreign table distant (id int) server far;
            create table owned (id int primary key);
            alter extension plpgsql add table owned;
            create temporary table passing (id int);
            create view looks as select 1 as id;
            create table good (id int not null unique);
            """
        try withTree(1, schema: schema, installing: false) { tree in
            let expected = [
                #"public."Half Key": it has no key: no primary key and no unique index over NOT NULL columns"#,
                "public.distant: it is a foreign table",
                "public.lost: it is unlogged: a crash empties it",
                "public.no_key: it has no key: no primary key and no unique index over NOT NULL columns",
                "public.owned: it belongs to an extension",
            ]
            let report = try tree[1].install()
            #expect(report.attached == ["public.good"])
            #expect(report.unattached == expected)
            #expect(try tree[1].status().unattached == expected)
        }
    }

    @Test(arguments: [true, false]) func aDroppedOrRenamedTableIsNoHindrance(
        isCaptured: Bool
    ) throws {
        try withTree(2, schema: noteTable + "create table other (id serial primary key);") { tree in
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.captureSchemaChanges(isCaptured)
                try node.psql("insert into other default values; insert into note values (1, 'x')")
                try node.psql("drop table note; alter table other rename to another")
            }
            let mended = try tree.sync((1, 2)).mended
            #expect(
                mended.count == (isCaptured ? 0 : 2)
                    && mended.allSatisfy { $0.hasSuffix("the table was dropped") })
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("select * from another order by 1") == "1\n2\n")
        }
    }

    @Test func aTableOnOneSideOnlyIsNamed() throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psqlHere(
                "create table more (id int primary key); insert into note values (1, 'x')")
            let before = try tree[2].contents()
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(
                error
                    == .schemasDiffer("A", "B", differences: ["table public.more is on A only"]))
            #expect(error.hint?.contains("alike on both sides") == true)
            #expect(try tree[2].contents() == before)
            // Made by a change that travels, it counts as made on both sides.
            try tree[2].psql("create table more (id int primary key)")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table note") == "1|x\n")
        }
    }

    /// Where nothing captures changes of schema.
    @Test func anotherKeyStopsTheSyncUntilTheTableIsDetached() throws {
        try withTree(2, schema: "create table note (id int primary key, code int not null);") {
            tree in
            try tree[1].psql("insert into note values (1, 10), (2, 20)")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.captureSchemaChanges(false)
                try node.psql("alter table note drop constraint note_pkey, add primary key (code)")
            }
            try tree[1].psql("update note set id = 7 where code = 20")
            let error = try refusal { try tree.sync((1, 2)) }
            #expect(error.message.contains("public.note: its key changed"))
            #expect(error.hint?.contains("replication.detach(id)") == true)
            for node in tree.nodes {
                try node.psql(
                    """
                    select replication.detach(id)
                    from replication.relation
                    where relid = 'note'::regclass
                    """)
            }
            try tree.syncUntilQuiet()
            #expect(try tree[1].contents() == tree[2].contents())
            try tree[2].psql("update note set id = 8 where code = 20")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select id from note where code = 20") == "8\n")
        }
    }

    /// The capture follows the key at once, and both sides have done the same.
    @Test func anotherKeyOnBothSidesIsFollowed() throws {
        try withTree(2, schema: "create table note (id int primary key, code int not null);") {
            tree in
            try tree[1].psql("insert into note values (1, 10), (2, 20), (3, 30)")
            try tree.syncUntilQuiet()
            try tree[1].psql(
                "update note set code = 11 where id = 1; delete from note where id = 3")
            for node in tree.nodes {
                try node.psql("alter table note drop constraint note_pkey, add primary key (code)")
            }
            try tree[1].psql("update note set id = 7 where code = 20")
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                #expect(try node.psql("table note order by id") == "1|11\n7|20\n")
                #expect(try Conflict.all(node.connection).isEmpty)
            }
            try tree[2].psql("update note set id = 8 where code = 20")
            try tree.syncUntilQuiet()
            #expect(try tree[1].psql("select id from note where code = 20") == "8\n")
        }
    }

    @Test(arguments: [true, false]) func aTableThatGetsAChildIsCapturedRowByRow(
        isCaptured: Bool
    ) throws {
        try withTree(2, schema: noteTable) { tree in
            try tree.syncUntilQuiet()
            for node in tree.nodes {
                try node.captureSchemaChanges(isCaptured)
                try node.psql("create table child (primary key (id)) inherits (note)")
            }
            if isCaptured {
                for node in tree.nodes {
                    #expect(try node.psql("select * from replication.verify()") == "")
                }
            } else {
                try tree.syncUntilQuiet()
            }
            try tree[1].psql("insert into note values (1, 'p'); insert into child values (2, 'c')")
            try tree[1].psql("update note set text = text || '!'")
            try tree.syncUntilQuiet()
            #expect(try tree[2].psql("table only note; table child") == "1|p!\n2|c!\n")
            #expect(try tree[1].contents() == tree[2].contents())
        }
    }
}
