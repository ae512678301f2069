import Postgres

/// What a clone takes away again that was ended before it was a node.
extension Clone {
    /// Removes what a restore that was ended has left. Tables in batches: each takes a lock.
    func clear(_ identity: String) throws {
        let marks = try target.query("select identity from trompe_clone.state")
        guard try marks.first?.string("identity") == identity else {
            throw ReplicationError.notClonable(
                database: target.label, because: "another clone was begun in it",
                hint: "nothing was changed; make a new database for the clone: createdb NAME")
        }
        try target.script("set client_min_messages = warning")
        defer {
            if target.isAlive { _ = Result { try target.script("reset client_min_messages") } }
        }
        for question in Self.leftovers {
            while true {
                let found = try target.query(question).map { try $0.string("statement") }
                if found.isEmpty { break }
                try target.transaction { for statement in found { try target.script(statement) } }
            }
        }
    }

    /// The relation `c` belongs to no extension, which makes and drops its own.
    static let belongsToNoExtension: SQL = """
        not exists (
                select
                from pg_depend as d
                where d.classid = 'pg_class'::regclass
                    and d.objid = c.oid
                    and d.deptype = 'e'
            )
        """

    /// Each is asked until it has no answer: statements that remove something, a hundred at a time.
    private static let leftovers: [SQL] = [
        "select format('drop event trigger %I', evtname) as statement from pg_event_trigger",
        "select format('drop publication %I', pubname) as statement from pg_publication limit 100",
        """
        select format('drop %s if exists %I.%I cascade',
                case when c.relkind = 'f' then 'foreign table' else 'table' end, n.nspname,
                c.relname) as statement
        from pg_class as c
            join pg_namespace as n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'f')
            and n.nspname !~ '^pg_'
            and n.nspname not in ('information_schema', 'trompe_clone')
            and \(belongsToNoExtension)
        limit 100
        """,
        """
        select format('drop extension if exists %I cascade', extname) as statement
        from pg_extension
        where extname <> 'plpgsql'
        limit 100
        """,
        """
        select format('drop schema if exists %I cascade', nspname) as statement
        from pg_namespace
        where nspname !~ '^pg_'
            and nspname not in ('information_schema', 'trompe_clone', 'public')
        limit 100
        """,
        """
        select v.statement
        from (
            values (1, 'drop schema public cascade'),
                (2, 'create schema public authorization pg_database_owner'),
                (3, 'grant usage on schema public to public')
        ) as v (number, statement)
        where exists (
            select
            from pg_depend as d
            where d.refclassid = 'pg_namespace'::regclass
                and d.refobjid = to_regnamespace('public')
                and d.deptype = 'n'
        )
        order by v.number
        """,
        """
        select format('select lo_unlink(%s)', oid) as statement
        from pg_largeobject_metadata
        limit 100
        """,
    ]
}
