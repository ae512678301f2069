import Postgres

/// Who may be in the way of a direction that waited too long for a lock: a forgotten session or a
/// prepared transaction is in the way for ever, and the server does not say whose lock it was.
enum LockHolder {
    /// At most so many are named: those that have been at it for longest.
    private static let limit = 3

    /// The error with a hint that names who holds locks on replicated tables, if anybody does.
    static func named(in original: PostgresError, at database: Connection) -> PostgresError {
        do {
            let holders = try all(database)
            guard !holders.isEmpty else { return original }
            var named = original
            named.hint =
                "locks on replicated tables are held by \(holders.joined(separator: "; ")); end "
                + "what is forgotten, else try again later, or give it longer with --lock-timeout"
            return named
        } catch {
            // It is not the first thing that went wrong.
            return original
        }
    }

    /// Those who have a transaction open, the oldest first. Reading alone is in nobody's way but a
    /// TRUNCATE's.
    private static func all(_ database: Connection) throws -> [String] {
        try database.query(
            """
            with held as (
                select distinct l.pid, l.virtualtransaction
                from pg_locks as l
                    join pg_class as c on c.oid = l.relation
                where l.granted
                    and l.pid is distinct from pg_backend_pid()
                    and l.database = (
                        select d.oid from pg_database as d where d.datname = current_database()
                    )
                    and l.mode <> 'AccessShareLock'
                    and (
                        c.relnamespace = 'replication'::regnamespace
                        or coalesce(pg_partition_root(c.oid), c.oid) in (
                            select r.relid from replication.relation as r)
                        or c.oid in (select q.relid from replication.sequence as q)
                    )
            )
            select h.what || coalesce(
                    ' for ' || extract(epoch from clock_timestamp() - h.since)::bigint || ' s', '')
                    as holder
            from (
                select format('process %s (%s, role %s)', s.pid, s.application_name, s.usename)
                        || coalesce(', ' || s.state, '') as what,
                    s.xact_start as since
                from held
                    join pg_stat_activity as s on s.pid = held.pid
                where s.backend_type is null
                    or s.backend_type = 'client backend'
                union all
                select format('the prepared transaction %L of role %s', p.gid, p.owner),
                    p.prepared
                from held
                    join pg_locks as l on l.virtualtransaction = held.virtualtransaction
                        and l.pid is null
                        and l.locktype = 'transactionid'
                    join pg_prepared_xacts as p on p.transaction = l.transactionid
                where held.pid is null
            ) as h
            order by h.since nulls last
            limit \(limit)
            """
        ).map { try $0.string("holder") }
    }
}
