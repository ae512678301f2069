import Postgres

/// The statements about columns that hold numbers of large objects. As the source sends them, the
/// numbers are the source's; before anything is decided, each staged one is replaced by a number of
/// the target's: that of the object which has the same content, else that of a stand-in.
extension TableWork {
    /// The columns, as either side knows them, with their places.
    var objectPlaces: [(place: String, column: Relation.Column)] {
        places.filter { _, column in
            column.holdsObjects
                || source.columns.contains { $0.name == column.name && $0.holdsObjects }
        }
    }

    /// Whether it has any.
    var hasObjects: Bool { !target.isSystem && !objectPlaces.isEmpty }

    /// The number of an object that a value stands for; NULL where it can be none.
    private func number(_ value: SQL) -> SQL {
        "replication.object_number((\(value))::bigint)"
    }

    private func numberInRow(_ column: Relation.Column) -> SQL {
        number("t.\(id: column.name)")
    }

    /// Notes which objects the staged rows name, and the target's rows of the same keys, whose versions
    /// are noted, too: that of rows already noted is left as it is.
    var noteObjects: SQL {
        let values = objectPlaces.map { place, column -> SQL in
            """
            (\(literal: place), case when s.present then \(number("s.\(raw: place)")) end,
                case when t.tableoid is not null then \(numberInRow(column)) end)
            """
        }.joined(separator: ", ")
        return """
            insert into pg_temp.object_seen (relation, place, staged, theirs, mine, found, found_xmin,
                found_table, was_there)
            select \(raw: String(target.id)), o.place, s.ctid, o.theirs, o.mine, t.ctid, t.xmin,
                t.tableoid,
                exists (select from pg_largeobject_metadata as m where m.oid = o.mine)
            from \(stage) as s
                left join \(target.rows) as t on \(sameKey("s", "t"))
                cross join lateral (values \(values)) as o (place, theirs, mine)
            where (o.theirs is not null or o.mine is not null)
                and not exists (
                    select
                    from pg_temp.object_seen as n
                    where n.relation = \(raw: String(target.id))
                        and n.staged = s.ctid
                )
            """
    }

    /// Notes the objects of all rows of the target's, as they will go.
    var noteAllObjects: SQL {
        let values = objectPlaces.map { _, column -> SQL in "(\(numberInRow(column)))" }
            .joined(separator: ", ")
        return """
            insert into pg_temp.object_seen (relation, mine, was_there)
            select \(raw: String(target.id)), o.mine,
                exists (select from pg_largeobject_metadata as m where m.oid = o.mine)
            from \(target.rows) as t
                cross join lateral (values \(values)) as o (mine)
            where o.mine is not null
            """
    }

    /// Puts the target's numbers into staged rows that have the source's.
    var translateObjects: SQL {
        let numbers = objectPlaces.map { place, _ -> SQL in
            "max(o.stand_in) filter (where n.place = \(literal: place)) as \(raw: place)"
        }.joined(separator: ", ")
        let assignments = objectPlaces.map { place, column -> SQL in
            "\(raw: place) = coalesce(w.\(raw: place)::\(raw: column.baseType), s.\(raw: place))"
        }.joined(separator: ", ")
        return """
            with wanted as (
                select n.staged, \(numbers)
                from pg_temp.object_seen as n
                    join pg_temp.object as o on o.theirs = n.theirs
                where n.relation = \(raw: String(target.id))
                    and not n.is_translated
                group by n.staged
            ), translated as (
                update \(stage) as s
                set \(assignments)
                from wanted as w
                where s.ctid = w.staged
                returning w.staged as former, s.ctid as present
            )
            update pg_temp.object_seen as n
            set staged = t.present,
                is_translated = true
            from translated as t
            where n.relation = \(raw: String(target.id))
                and n.staged = t.former
            """
    }

    /// Whether a row of the target's has changed between the look at its objects and the decision about
    /// it: its objects may have, too.
    var hasMovedObjects: SQL {
        """
        select exists (
            select
            from pg_temp.object_seen as n
                join \(decision) as d on d.staged = n.staged
            where n.relation = \(raw: String(target.id))
                and (d.found, d.found_xmin, d.found_table)
                    is distinct from (n.found, n.found_xmin, n.found_table)
        ) as yes
        """
    }

    /// A FROM clause: the rows `t` of the target's that name the stand-in of an object `o` of the
    /// source's in a column, with the staged rows `s`.
    private func named(_ place: String, _ column: Relation.Column) -> SQL {
        """
        from pg_temp.object_seen as n
            join pg_temp.object as o on o.theirs = n.theirs
            join \(stage) as s on s.ctid = n.staged
            join \(target.rows) as t on \(sameKey("s", "t"))
                and \(numberInRow(column)) = o.stand_in
        where n.relation = \(raw: String(target.id))
            and n.place = \(literal: place)
        """
    }

    /// Marks the objects that rows of the target's name now.
    var markTakenObjects: [SQL] {
        objectPlaces.map { place, column in
            """
            update pg_temp.object as e
            set is_taken = true
            from (
                select distinct o.theirs
                \(named(place, column))
                    and not o.is_taken
            ) as x
            where e.theirs = x.theirs
            """
        }
    }

    /// Lets rows name the object that takes the new content in its place, and not its stand-in.
    var keepObjectsInPlace: [SQL] {
        objectPlaces.map { place, column in
            """
            update \(target.rows) as r
            set \(id: column.name) = x.final::\(raw: column.type)
            from (
                select distinct t.ctid as place, t.tableoid as part, o.final
                \(named(place, column))
                    and o.final <> o.stand_in
            ) as x
            where r.ctid = x.place
                and r.tableoid = x.part
            """
        }
    }

    /// Holds the objects that columns of the type bigint name. What is held already is locked, as by the
    /// capture: nobody must let go of it before these rows can be seen.
    var holdObjects: [SQL] {
        objectPlaces.filter { $0.column.baseOID == Self.bigint }.map { place, column in
            """
            insert into replication.held_object (lo)
            select distinct \(numberInRow(column))
            from pg_temp.object_seen as n
                join \(stage) as s on s.ctid = n.staged
                join \(target.rows) as t on \(sameKey("s", "t"))
            where n.relation = \(raw: String(target.id))
                and n.place = \(literal: place)
                and \(numberInRow(column)) is not null
            on conflict (lo) do update
            set lo = excluded.lo
            """
        }
    }

    private static let bigint = 20

    /// Sends rows back whose object is no longer shared with others, as it still is at the source.
    var returnDividedObjects: [SQL] {
        objectPlaces.map { place, column in
            """
            insert into \(target.log) \(logColumns)
            select \(xid), s.changed_at, s.origin, \(forSourceAlone), 'U', \(stagedKey)
            \(named(place, column))
                and o.is_divided
            """
        }
    }

    /// Notes the objects of the versions that lose in this direction, so that the history keeps them:
    /// those that the winner's version of the row does not have. `history` is its relation on the target.
    func keepLostObjects(history: Relation) -> [SQL] {
        objectPlaces.map { _, column in
            """
            with kept as (
                insert into replication.kept_object (conflict, column_name, lo)
                select c.id, \(column.name),
                    replication.object_number((c.loser ->> \(column.name))::bigint)
                from \(history.log) as l
                    join replication.conflict as c on c.id = l.k1
                where l.xid = pg_current_xact_id()::text::bigint
                    and c.tablename = \(target.fullName)
                    and c.decided_by = \(raw: String(terms.target))
                    and replication.object_number((c.loser ->> \(column.name))::bigint) is not null
                    and (c.winner ->> \(column.name)) is distinct from (c.loser ->> \(column.name))
                on conflict do nothing
                returning conflict
            )
            insert into pg_temp.object_lost (conflict)
            select k.conflict
            from kept as k
            """
        }
    }

    /// The keys of staged rows whose objects are not there at the source, with the numbers.
    var missingObjects: SQL {
        let names = objectPlaces.map { place, column -> SQL in
            "when \(literal: place) then \(literal: column.name)"
        }.joined(separator: " ")
        return """
            select (\(jsonOfKey("s")))::text as key, case n.place \(names) end as column_name, n.theirs as number
            from pg_temp.object_seen as n
                join pg_temp.object as o on o.theirs = n.theirs
                join \(stage) as s on s.ctid = n.staged
            where n.relation = \(raw: String(target.id))
                and o.size is null
            limit 100
            """
    }
}
