import Postgres

/// How the winner of a conflict is chosen.
enum Policy: Sendable, Hashable {
    /// The later change, then the one of the higher node.
    case newest
    /// The change made on the node that stands first in the list; unlisted ones last.
    case priority([Int])
    /// An SQL function, `"schema"."name"`, of the older and the newer row.
    case function(String)
    /// Changes of different columns both stand; of one column the newest.
    case columns

    /// The word for it in the conflict history.
    var name: String {
        switch self {
        case .newest: "newest"
        case .priority(let nodes): "priority " + nodes.map(String.init).joined(separator: ",")
        case .function(let name): "function \(name)"
        case .columns: "columns"
        }
    }

    /// Whether the source's version of a row m wins over the target's own; of a function it says
    /// which of the two is newer.
    var sourceWins: SQL {
        let isNewer: SQL = "(m.changed_at, m.origin) > (m.own_changed_at, m.own_origin)"
        guard case .priority(let nodes) = self else { return isNewer }
        let list = "'{\(nodes.map(String.init).joined(separator: ","))}'::int[]"
        let rank = { (origin: String) -> SQL in
            "coalesce(array_position(\(raw: list), m.\(raw: origin)), 2147483647)"
        }
        return """
            case
                when \(rank("origin")) = \(rank("own_origin")) then \(isNewer)
                else \(rank("origin")) < \(rank("own_origin"))
            end
            """
    }

    /// The policies of a node's tables, by name; tables that are not in it have the policy newest.
    static func all(_ connection: Connection) throws -> [String: Policy] {
        try all(connection.query(question))
    }

    static let question: SQL = """
        select tablename, policy, priority, function
        from replication.policy
        """

    /// From the answer to the question.
    static func all(_ rows: [Row]) throws -> [String: Policy] {
        var policies: [String: Policy] = [:]
        for row in rows {
            let name = try row.string("tablename")
            switch try row.string("policy") {
            case "priority": policies[name] = .priority(try row.ints("priority"))
            case "function": policies[name] = .function(callable(try row.string("function")))
            case "columns": policies[name] = .columns
            default: policies[name] = .newest
            }
        }
        return policies
    }

    /// A function's name as it may stand in a statement. It came from a table that travels: what is
    /// not a name as PostgreSQL writes it becomes one, of a function that is not there.
    static func callable(_ name: String) -> String {
        // By scalars: a quote with an accent on it is a quote.
        let qualified = #/("([^"]|"")+"|[a-z_][a-z0-9_]*)\.("([^"]|"")+"|[a-z_][a-z0-9_]*)/#
            .matchingSemantics(.unicodeScalar)
        let isName = name.wholeMatch(of: qualified) != nil
        return isName ? name : quoteIdentifier(name)
    }
}

/// Chooses how the conflicts of a table are decided; the choice travels like data.
///
/// - Parameters:
///   - table: a replicated one; without a schema it is looked for in the schema public.
///   - policy: `newest`, `priority`, `function` or `columns`.
///   - argument: the node numbers, or the name of the function.
/// - Throws: `ReplicationError.unknownTable`, or the server's error with its hint.
public func setPolicy(
    _ connection: Connection, table: String, policy: String, argument: String?
) throws {
    guard let oid = try connection.replicatedTable(table)?.oid else {
        throw ReplicationError.unknownTable(database: connection.label, table: table)
    }
    try connection.transaction {
        try connection.execute("set local lock_timeout = '10s'")
        try connection.execute(
            """
            select replication.set_policy(\(oid)::oid::regclass, \(policy)::text,
                \(argument)::text)
            """)
    }
}

extension Connection {
    /// A replicated table by what a user calls it: its number in the catalog, and its name as
    /// `Relation.fullName` has it. Without a schema it is looked for in the schema public; nil where there
    /// is none, also where the text can be no name.
    func replicatedTable(_ table: String) throws -> (oid: Int, fullName: String)? {
        do {
            return try query(
                """
                select r.relid::oid::bigint as oid, format('%I.%I', n.nspname, c.relname) as name
                from replication.relation as r
                    join pg_class as c on c.oid = r.relid
                    join pg_namespace as n on n.oid = c.relnamespace
                where n.nspname <> 'replication'
                    and c.oid = case
                        when cardinality(parse_ident(\(table))) = 1
                            then to_regclass('public.' || \(table))
                        else to_regclass(\(table))
                    end
                """
            ).first.map { (try $0.int("oid"), try $0.string("name")) }
        } catch let error as PostgresError
            where ["0A", "22", "42"].contains(error.sqlstate.map { String($0.prefix(2)) })
        {
            return nil
        }
    }
}
