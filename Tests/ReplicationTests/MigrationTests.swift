import Foundation
import Postgres
import Replication
import TestSupport
import Testing

/// What the migrations of real tools do to the schema of one node is done on the other.
@Suite struct MigrationTests {
    /// The project's own app as its last migration leaves it is what its models say, or the other
    /// tests would show less than they seem to.
    private func expectUpToDate(_ node: TestNode) throws {
        try node.django("migrate", "--check", "-v", "0")
        try node.django("makemigrations", "--check", "--dry-run")
        #expect(try !node.django("showmigrations").contains("[ ]"))
    }

    private func createUser(_ name: String, on node: TestNode) throws {
        try node.django(
            "createsuperuser", "--noinput", "--username", name, "--email", "\(name)@choir.example",
            environment: ["DJANGO_SUPERUSER_PASSWORD": "do re mi"])
    }

    @Test func djangoMigratesOneNodeAndFindsItOnTheOther() throws {
        _ = try MigrationTools.python()
        try withTree { tree in
            try tree[1].django("migrate", "-v", "0")
            try tree.sync((1, 2))
            try expectAlike(tree)
            try expectUpToDate(tree[2])
            let tables = try tree[2].psql("select count(*) from choir_change")
            #expect(tables != "0\n")

            try createUser("brigitte", on: tree[2])
            try createUser("anna", on: tree[1])
            try tree.sync((1, 2))
            try expectAlike(tree)
            #expect(
                try tree[1].psql("select username from auth_user order by 1") == "anna\nbrigitte\n")
            #expect(try tree.sync((1, 2)).isQuiet)
        }
    }

    /// Each node makes some of the migrations, while users go on writing on the other.
    @Test func djangoMigratesBothNodesInTurn() throws {
        _ = try MigrationTools.python()
        try withTree { tree in
            try tree[1].django("migrate", "-v", "0", "choir", "0002")
            try tree.sync((1, 2))
            try expectAlike(tree)

            try tree[1].django("migrate", "-v", "0", "choir", "0005")
            try write(
                """
                insert into choir_song (title, minutes) values ('Abendlied', 4);
                update choir_concert set place = 'Old town hall';
                insert into choir_concert (place) values ('Church');
                insert into choir_concert_songs (concert_id, song_id)
                select max(c.id), max(s.id) from choir_concert as c, choir_song as s;
                update choir_poster set colour = 'green';
                """, tree[2])
            try tree.sync((1, 2))
            try expectAlike(tree)
            let places = try tree[1].psql("select place from choir_concert order by 1")
            #expect(places == "Church\nOld town hall\n")

            try tree[2].django("migrate", "-v", "0")
            try write(
                """
                insert into choir_singer (name, voice, email, tags, extra, nickname)
                values ('New', 'bass', 'new@choir.example', '{}', '{}', 'N');
                update choir_singer set voice = 'tenor' where id = 1;
                update choir_song set words = 'la; la' where title = 'Abendlied';
                """, tree[1])
            try tree.sync((1, 2))
            try expectAlike(tree)
            try expectUpToDate(tree[1])
            let singers = try tree[2].psql(
                "select full_name, voice from choir_singer where voice <> 'alto' order by 1")
            #expect(singers == "New|bass\nSinger 0|tenor\n")
            let kept = try tree[1].psql(
                "select loser ->> 'nickname' from replication.conflict order by 1")
            #expect(kept == "\nN\n")
        }
    }

    /// Users of one session.
    private func write(_ statements: String, _ node: TestNode) throws {
        try node.psql("set time zone 'Asia/Tokyo'; begin; \(statements); commit;")
    }

    /// - Parameter each: whether each revision is a transaction of its own.
    @Test(arguments: [false, true]) func alembicMigratesBothWays(each: Bool) throws {
        _ = try MigrationTools.python()
        let each = "each=\(each ? "yes" : "no")"
        try withTree { tree in
            try tree[1].alembic("-x", each, "upgrade", "head")
            try tree.sync((1, 2))
            try expectAlike(tree)
            #expect(try tree[2].alembic("current").hasPrefix("06 (head)"))

            try tree[2].alembic("-x", each, "downgrade", "05")
            try write("update piece set copies = 77 where id = 1", tree[1])
            try tree.sync((1, 2))
            try expectAlike(tree)

            try tree[2].alembic("-x", each, "upgrade", "head")
            try write("insert into piece (name, pages) values ('Late', 1)", tree[1])
            try tree.sync((1, 2))
            try expectAlike(tree)
            let pieces = try tree[2].psql("select name from piece where copies = 77 or pages = 1")
            #expect(pieces.split(separator: "\n").sorted() == ["Late", "Song 1"])

            try tree[1].alembic("-x", each, "downgrade", "base")
            try tree.sync((1, 2))
            try expectAlike(tree)
            #expect(try tree[2].psql("select count(*) from alembic_version") == "0\n")
        }
    }

    /// Half of the revisions on each node.
    @Test func alembicMigratesBothNodesInTurn() throws {
        _ = try MigrationTools.python()
        try withTree { tree in
            try tree[1].alembic("upgrade", "02")
            try tree.sync((1, 2))
            try expectAlike(tree)
            try tree[2].alembic("upgrade", "04")
            try write(
                """
                insert into song (title, tempo) values ('Canon', 'fast');
                update song set pages = 9 where title = 'Song 2';
                delete from sings where singer = (select max(singer) from sings);
                """, tree[1])
            try tree.sync((1, 2))
            try expectAlike(tree)
            try tree[1].alembic("upgrade", "head")
            try write("update piece set tempo = 'largo' where name = 'Canon'", tree[2])
            try tree.sync((1, 2))
            try expectAlike(tree)
            #expect(
                try tree[1].psql("select name, tempo from piece where name = 'Canon'")
                    == "Canon|largo\n")
            #expect(try tree[2].psql("select count(*) from sings where part = 1") == "9\n")
        }
    }
}
