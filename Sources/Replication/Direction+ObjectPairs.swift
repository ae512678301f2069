import Postgres

/// Large objects, when all is in its place: what the next directions need to know, and what nobody needs
/// any more.
extension Direction {
    /// Notes which object stands for which.
    var objectPairs: [SQL] {
        let known: SQL = """
            select o.theirs::bigint as theirs, o.mark, o.final::bigint as mine
            from pg_temp.object as o
            where o.final is not null
                and o.size is not null
                and (o.is_same or o.is_taken)
            """
        let neighbour: SQL = "\(raw: String(sourceNode.number))"
        return [
            """
            delete from replication.object_pair as p
            using (\(known)) as k
            where p.neighbour = \(neighbour)
                and p.mine = k.mine
                and p.theirs <> k.theirs
            """,
            """
            insert into replication.object_pair as p (neighbour, theirs, mine, their_mark, my_mark,
                noted)
            select \(neighbour), k.theirs, k.mine, k.mark, replication.object_mark(k.mine::oid),
                (
                    select 1 + coalesce(max(n.noted), 0)
                    from (
                        select max(l.noted)
                        from replication.object_pair as l
                        where l.neighbour = \(neighbour)
                        union all
                        select max(o.latest)
                        from pg_temp.object as o
                    ) as n (noted)
                )
            from (\(known)) as k
            on conflict (neighbour, theirs) do update
            set mine = excluded.mine,
                their_mark = excluded.their_mark,
                my_mark = excluded.my_mark,
                noted = excluded.noted
            where (p.mine, p.their_mark, p.my_mark)
                <> (excluded.mine, excluded.their_mark, excluded.my_mark)
            """,
        ]
    }

    /// What may be without a row now: stand-ins that were not needed, and what the target's rows named
    /// before.
    static let loosenObjects: SQL = """
        insert into replication.loose_object (lo)
        select f.lo
        from (
            select o.stand_in
            from pg_temp.object as o
            where not o.is_same
                and o.stand_in is distinct from o.final
            union
            select n.mine
            from pg_temp.object_seen as n
            where n.mine is not null
                and n.mine not in (
                    select o.final
                    from pg_temp.object as o
                    where o.final is not null
                        and (o.is_taken or not o.is_same)
                )
        ) as f (lo)
            join pg_largeobject_metadata as m on m.oid = f.lo
        on conflict do nothing
        """

    /// How many objects of the target's rows are gone, or will go as soon as nobody holds their tables;
    /// stand-ins do not count.
    static let countRemoved: SQL = """
        select count(distinct n.mine) as count
        from pg_temp.object_seen as n
        where n.was_there
            and (
                n.mine in (
                    select l.lo
                    from replication.loose_object as l
                        join pg_largeobject_metadata as m on m.oid = l.lo
                    where pg_has_role(m.lomowner, 'usage')
                        and not l.is_hidden
                )
                or not exists (select from pg_largeobject_metadata as m where m.oid = n.mine)
            )
        """

    /// How many objects stay that nobody seems to name any more: they belong to others, or there are rows
    /// that the agent does not see.
    static let countLeft: SQL = """
        select count(*) as count
        from replication.loose_object as l
            join pg_largeobject_metadata as m on m.oid = l.lo
        where l.is_hidden
            or not pg_has_role(m.lomowner, 'usage')
        """
}
