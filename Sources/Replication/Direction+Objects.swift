import Postgres

/// Large objects, before anything is decided: which object of the target's stands for which one of the
/// source's, and whether both are the same.
extension Direction {
    /// How many objects are looked at in one go. Their numbers pass through the agent.
    static let objectsAtOnce = 10_000

    /// Gives the staged rows of some tables the target's numbers of large objects. Where an object has
    /// another content at the source than at the target, or is new, it gets a stand-in: an empty
    /// object, whose number no row of the target's has, so that the rows differ.
    ///
    /// Rows that were translated before are left alone.
    func translateObjects(_ works: [Work]) throws {
        let tables = works.map(\.table).filter(\.hasObjects)
        guard !tables.isEmpty else { return }
        try reading {
            try makeObjectTables()
            for table in tables { try target.execute(table.noteObjects) }
            while let page = try nextObjects() {
                try look(at: page)
                for owner in try ownersOfStandIns() { try makeStandIns(owner) }
            }
            for table in tables { try target.execute(table.translateObjects) }
        }
    }

    /// Notes the objects of a table that is about to be emptied.
    func noteObjects(ofEmptied table: TableWork) throws {
        guard table.hasObjects else { return }
        try makeObjectTables()
        try target.execute(table.noteAllObjects)
    }

    /// Names the role and the object where one may not be read or written.
    func reading<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as PostgresError where error.sqlstate == SQLState.insufficientPrivilege {
            let side = error.database == source.label ? source : target
            throw ReplicationError.objectForbidden(
                database: side.label, role: side.user, because: error.message,
                isSource: error.database == source.label)
        }
    }

    /// The objects that have not been looked at, as the text of an array; nil where there are none.
    private func nextObjects() throws -> String? {
        let rows = try target.query(
            """
            select array_agg(p.theirs)::text as objects
            from (
                select distinct n.theirs
                from pg_temp.object_seen as n
                where n.theirs is not null
                    and not exists (select from pg_temp.object as o where o.theirs = n.theirs)
                order by n.theirs
                limit \(Self.objectsAtOnce)
            ) as p
            """)
        return try rows.first?.optionalString("objects")
    }

    /// Fetches what the source has, finds the counterparts, and compares both.
    private func look(at objects: String) throws {
        try source.copy(
            """
            copy (
                select f.lo, f.size, f.mark, f.owner, f.rights, f.mate, f.mate_mark,
                    f.noted, f.latest
                from replication.object_facts(\(literal: objects)::oid[],
                    \(raw: String(targetNode.number))) as f
            ) to stdout
            """, to: target,
            into: """
                copy pg_temp.object (theirs, size, mark, owner, rights, mate, mate_mark, noted,
                    latest) from stdin
                """)
        try target.execute(chooseBases)
        let rows = try target.query(
            """
            select array_agg(theirs)::text as objects
            from pg_temp.object
            where not is_judged
                and base_size is not null
                and size is not null
            """)
        if let compared = try rows.first?.optionalString("objects") {
            onProgress(.comparingObjects)
            try source.copy(
                """
                copy (
                    select s.lo, s.chunk, s.sum
                    from replication.object_sums(\(literal: compared)::oid[]) as s
                ) to stdout
                """, to: target,
                into: "copy pg_temp.object_chunk (theirs, chunk, sum) from stdin")
            try target.execute("analyze pg_temp.object_chunk")
            try target.execute(Self.forgetEqualChunks)
        }
        for statement in Self.judge { try target.execute(statement) }
    }

    private func ownersOfStandIns() throws -> [String] {
        try target.query(
            """
            select distinct case when size is null then current_user else owner end as owner
            from pg_temp.object
            where stand_in is null
            """
        ).map { try $0.string("owner") }
    }

    /// Makes the stand-ins that shall belong to one role. Those of objects that are not there are
    /// numbers of none at the target either.
    private func makeStandIns(_ owner: String) throws {
        let mine: SQL = """
            stand_in is null
                and case when size is null then current_user else owner end = \(owner)
            """
        try target.execute(
            """
            with made as materialized (
                select replication.make_objects(\(owner)::name,
                        (select count(*) from pg_temp.object where \(mine))) as objects
            ), wanted as materialized (
                select theirs, row_number() over (order by theirs) as number
                from pg_temp.object
                where \(mine)
            )
            update pg_temp.object as o
            set stand_in = m.objects[w.number]
            from wanted as w
                cross join made as m
            where o.theirs = w.theirs
            """)
        try target.execute(
            """
            select lo_unlink(o.stand_in)
            from pg_temp.object as o
            where o.size is null
                and not o.is_same
                and exists (select from pg_largeobject_metadata as m where m.oid = o.stand_in)
            """)
    }
}
