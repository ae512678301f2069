import Postgres

/// The session that holds the lock of an edge. When an agent is killed, its server does not hear of that
/// before the statement that it is at ends, which may take hours.
public struct Occupant: Sendable, Hashable, CustomStringConvertible {
    /// Where it is.
    let database: String
    /// Its process there.
    let process: Int
    /// How long it has been at its statement, in seconds; nil where this role is not told, or it is at none.
    let seconds: Int?

    /// Who holds an edge's lock at one of its ends. The same for as long as it is at one statement, apart
    /// from how long that is.
    static func all(_ connection: Connection, lock key: Int) -> [Occupant] {
        let found = Result {
            try connection.query(
                """
                select l.pid,
                    case
                        when s.state = 'active'
                            then extract(epoch from clock_timestamp() - s.query_start)::bigint
                    end as seconds
                from pg_locks as l
                    left join pg_stat_activity as s on s.pid = l.pid
                where l.locktype = 'advisory'
                    and l.granted
                    and l.database = (
                        select d.oid from pg_database as d where d.datname = current_database()
                    )
                    and l.classid = hashtext('trompe')::int::oid
                    and l.objid = \(key)::int::oid
                    and l.objsubid = 2
                order by l.pid
                """
            ).map { row in
                Occupant(
                    database: connection.label, process: try row.int("pid"),
                    seconds: try row.optionalInt("seconds"))
            }
        }
        // It is not the first thing that went wrong.
        guard case .success(let occupants) = found else { return [] }
        return occupants
    }

    /// For a message: where, who, and since when.
    public var description: String {
        "on \(database) by process \(process)"
            + (seconds.map { ", at a statement for \($0) s" } ?? "")
    }

    /// What to do where nobody is there any more who waits for it.
    var wayOut: String {
        "; if that agent is no more, its session on \(database) ends with its statement, or by: select "
            + "pg_terminate_backend(\(process))"
    }
}
