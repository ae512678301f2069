import Foundation
import Postgres

/// The key of one row as a person gives it, read for one table.
struct RowKey {
    /// The columns, in the order of the key.
    let columns: [Relation.Column]
    /// Their values as texts that PostgreSQL reads, in the same order.
    let values: [String]
    private let relation: Relation

    /// Why something is no key.
    private struct Problem: Error {
        let text: String
    }

    /// - Parameter words: the value, where the key has one column; else `column=value` for each; or one
    ///   JSON object, as messages show keys.
    /// - Throws: `ReplicationError.noRow`.
    init(_ words: [String], of relation: Relation, _ connection: Connection) throws {
        self.relation = relation
        columns = relation.key.compactMap { key in
            relation.columns.first { $0.name == key.name }
        }
        do {
            let given = try Self.given(words, columns, connection)
            if let missing = columns.first(where: { given[$0.name] == nil }) {
                throw Problem(text: "it has no value for \(missing.name)")
            }
            values = columns.compactMap { given[$0.name] }
            // Read by the types of the log, which are those of the columns.
            _ = try connection.savepoint { try connection.query(canonical) }
        } catch let problem as Problem {
            throw Self.error(problem.text, columns, relation, connection)
        } catch let error as PostgresError where error.sqlstate?.hasPrefix("22") ?? false {
            throw Self.error(error.message, columns, relation, connection)
        }
    }

    /// The condition that the columns of a log, or of the table, are those of the key.
    func matches(_ alias: String, isLog: Bool) -> SQL {
        zip(relation.key, values).enumerated().map { index, pair -> SQL in
            let column: SQL = isLog ? "k\(raw: String(index + 1))" : "\(id: pair.0.name)"
            return "\(raw: alias).\(column) \(raw: pair.0.equals) \(pair.1)"
        }.joined(separator: " and ")
    }

    /// The key as PostgreSQL writes it: `texts`, `json` as the history of conflicts has it, and
    /// `text_json` as the list of rows that wait has it.
    var canonical: SQL {
        let given = values.map { "\($0)" as SQL }
        let names = values.indices.map { "k\($0 + 1)" }.joined(separator: ", ")
        return """
            select \(written("p"))
            from (
                select \(raw: names)
                from \(relation.log)
                where false
                union all
                select \(given.joined(separator: ", "))
            ) as p
            """
    }

    /// The same as the log has the key: to citext, Bob and BOB are one.
    var spellings: SQL {
        """
        select \(written("l"))
        from \(relation.log) as l
        where \(matches("l", isLog: true))
        """
    }

    private func written(_ alias: String) -> SQL {
        let values = columns.indices.map { SQL(raw: "\(alias).k\($0 + 1)") }
        let named = zip(values, columns).map { value, column -> SQL in
            "\(value) as \(id: column.name)"
        }
        let texts = values.map { "\($0)::text" as SQL }
        let pairs = zip(texts, columns).map { text, column -> SQL in
            "\(literal: column.name), \(text)"
        }
        return """
            array[\(texts.joined(separator: ", "))] as texts,
                (
                    select row_to_json(x.*)
                    from (select \(named.joined(separator: ", "))) as x
                )::jsonb as json,
                jsonb_build_object(\(pairs.joined(separator: ", "))) as text_json
            """
    }

    private static func error(
        _ because: String, _ columns: [Relation.Column], _ relation: Relation,
        _ connection: Connection
    ) -> ReplicationError {
        let names = columns.map { "\($0.name) (\($0.type))" }.joined(separator: ", ")
        return .noRow(
            database: connection.label,
            because: "that is no key of table \(relation.fullName): \(because)",
            hint: columns.count == 1
                ? "give a value of \(names)"
                : "give a value of each of \(names), as in \(columns[0].name)=VALUE, or all of them as "
                    + "one JSON object")
    }

    /// The values by the names of the columns.
    private static func given(
        _ words: [String], _ columns: [Relation.Column], _ connection: Connection
    ) throws -> [String: String] {
        let names = columns.map(\.name)
        if let object = object(words, names) {
            return try values(ofJSON: object, columns, connection)
        }
        guard names.count == 1, words.count == 1 else { return try values(ofPairs: words, names) }
        let prefix = names[0] + "="
        let value = words[0].hasPrefix(prefix) ? String(words[0].dropFirst(prefix.count)) : words[0]
        return [names[0]: value]
    }

    /// The JSON object among the words. A key of one column can be a text that looks like one: it is
    /// taken for one only where it has that very column.
    private static func object(_ words: [String], _ names: [String]) -> String? {
        guard words.count == 1, let text = words.first, text.first == "{" else { return nil }
        guard names.count == 1 else { return text }
        do {
            let read = try JSONSerialization.jsonObject(with: Data(text.utf8))
            return (read as? [String: Any]).map { Array($0.keys) } == names ? text : nil
        } catch {
            return nil
        }
    }

    private static func values(
        ofPairs words: [String], _ names: [String]
    ) throws -> [String: String] {
        var given: [String: String] = [:]
        // Names can have a "=" in them: the longest that fits.
        let longest = names.sorted { $0.count > $1.count }
        for word in words {
            guard let name = longest.first(where: { word.hasPrefix($0 + "=") }) else {
                throw Problem(
                    text: names.count == 1
                        ? "it has one column" : "\"\(word)\" is no name=value of its columns")
            }
            guard given[name] == nil else { throw Problem(text: "it has two values for \(name)") }
            given[name] = String(word.dropFirst(name.count + 1))
        }
        return given
    }

    /// PostgreSQL reads it, so that no digit is lost, and arrays become arrays.
    private static func values(
        ofJSON text: String, _ columns: [Relation.Column], _ connection: Connection
    ) throws -> [String: String] {
        try connection.savepoint {
            let names = try connection.query("select json_object_keys(\(text)::json) as name")
                .map { try $0.string("name") }
            for (index, name) in names.enumerated() {
                guard columns.contains(where: { $0.name == name }) else {
                    throw Problem(text: "it has no column \(name)")
                }
                guard !names[..<index].contains(name) else {
                    throw Problem(text: "it has two values for \(name)")
                }
            }
            let types = columns.map { column -> SQL in
                "\(id: column.name) \(raw: column.baseType)"
            }
            let texts = columns.map { column -> SQL in
                "r.\(id: column.name)::text as \(id: column.name)"
            }
            let row = try connection.query(
                """
                select \(texts.joined(separator: ", "))
                from json_to_record(\(text)::json) as r (\(types.joined(separator: ", ")))
                """
            ).first
            var given: [String: String] = [:]
            for column in columns { given[column.name] = try row?.optionalString(column.name) }
            return given
        }
    }
}
