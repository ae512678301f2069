import Postgres

/// A column of a table's key, and the operators that order it: those of the key's index, as the
/// search path does not say which are meant.
struct KeyOrder: Sendable, Hashable {
    let name: String
    let type: String
    let equals: String
    let less: String
    let atMost: String
    let atLeast: String
    let greater: String

    /// Reads how the keys of some tables of a node are ordered, by the tables' numbers; each in the
    /// order of its index.
    static func load(_ connection: Connection, _ relations: [Relation]) throws -> [Int: [KeyOrder]]
    {
        let equals = Dictionary(
            relations.map { ($0.id, $0.key) }, uniquingKeysWith: { first, _ in first })
        var found: [Int: [KeyOrder]] = [:]
        let rows = try connection.query(
            """
            select r.id, k.name, k.type, k.less, k.at_most, k.at_least, k.greater
            from replication.relation as r
                cross join lateral replication.key_order(r.relid) as k
            where r.id = any (\(relations.map(\.id)))
            order by r.id, k.number
            """)
        for row in rows {
            let (id, name) = (try row.int("id"), try row.string("name"))
            guard let key = equals[id]?.first(where: { $0.name == name }) else { continue }
            found[id, default: []].append(
                KeyOrder(
                    name: name, type: try row.string("type"), equals: key.equals,
                    less: try row.string("less"), atMost: try row.string("at_most"),
                    atLeast: try row.string("at_least"), greater: try row.string("greater")))
        }
        return found
    }
}

extension [KeyOrder] {
    /// ORDER BY, of the values of the columns.
    func ordered(_ value: (Int) -> SQL) -> SQL {
        enumerated().map { number, key -> SQL in
            "\(value(number)) using \(raw: key.less)"
        }.joined(separator: ", ")
    }

    /// Whether the key is behind another one: (a, b) > (x, y), in a form of which an index can use the
    /// first column.
    func isBehind(_ boundary: [String], _ value: (Int) -> SQL) -> SQL {
        compared(boundary, value, { $0.greater }, last: { $0.greater })
    }

    /// Whether the key is not behind another one.
    func isUpTo(_ boundary: [String], _ value: (Int) -> SQL) -> SQL {
        compared(boundary, value, { $0.less }, last: { $0.atMost })
    }

    private func compared(
        _ boundary: [String], _ value: (Int) -> SQL, _ operatorOf: (KeyOrder) -> String,
        last: (KeyOrder) -> String
    ) -> SQL {
        var condition: SQL = "false"
        for (number, key) in enumerated().reversed() {
            let limit: SQL = "\(literal: boundary[number])::\(raw: key.type)"
            let column = value(number)
            condition =
                number == count - 1
                ? "\(column) \(raw: last(key)) \(limit)"
                : """
                (\(column) \(raw: operatorOf(key)) \(limit) \
                or \(column) \(raw: key.equals) \(limit) and \(condition))
                """
        }
        return condition
    }
}
