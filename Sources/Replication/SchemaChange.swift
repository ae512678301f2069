import Postgres

/// A change of schema on its way: one statement, as it was made on its origin.
public struct SchemaChange: Sendable, Hashable {
    /// Something that a statement is about.
    struct Object: Sendable, Hashable {
        /// Its kind and full name, for people.
        let identity: String
        /// The same as JSON, by which `replication.definition_of` finds it on any node.
        let address: String
    }

    /// Its name, the same on all nodes.
    public let uid: String
    /// When it was made; as text in UTC.
    public let changedAt: String
    /// The node on which it was made.
    public let origin: Int
    /// Its text; nil where it could not be had when it was made.
    public let statement: String?
    /// What PostgreSQL calls such a statement, as ALTER TABLE.
    public let tag: String
    /// Who made it.
    public let role: String
    /// How its text is read, as JSON.
    let settings: String
    let objects: [Object]
    /// Whether a person has let it count as done on the node that was asked.
    public var isSkipped = false
    /// What is left to do of it, where parts of its statement are done; nil: all.
    var remaining: [String]?

    /// Its text in one line, shortened.
    public var line: String {
        let text = (statement ?? "\(tag) (its text is not known)")
            .split { $0.isWhitespace }.joined(separator: " ")
        return text.count > 100 ? text.prefix(97) + "..." : text
    }

    /// Its text, as a message shows it.
    var text: String {
        guard let statement else { return "\(tag) (its text is not known)" }
        let shown = statement.count > 2_000 ? statement.prefix(2_000) + " ..." : statement
        return shown.replacing("\n", with: "\n  ")
    }

    /// Whether both say the same, but for white space.
    func isSame(as other: SchemaChange) -> Bool {
        statement != nil
            && statement?.split { $0.isWhitespace } == other.statement?.split { $0.isWhitespace }
    }

    /// A value that a transaction can only use once the one that made it has committed.
    var addsEnumValue: Bool {
        let words = (statement ?? "").lowercased().split { $0.isWhitespace }
        return tag == "ALTER TYPE" && words.contains("add") && words.contains("value")
    }

    /// Whether the rows of a table get keys by it that only its origin can make.
    var makesKeys: Bool { objects.contains { $0.identity.hasPrefix("keys of table ") } }

    /// Whether it says of a column that it holds numbers of large objects, or does not.
    var namesObjectColumn: Bool { tag == "LARGE OBJECT" }

    /// Whether it can take rows away, or values out of them.
    var takesData: Bool {
        tag.hasPrefix("DROP ") || tag == "ALTER TABLE"
    }

    /// The objects of which both statements say something.
    func common(with other: SchemaChange) -> [Object] {
        objects.filter { mine in
            other.objects.contains { Self.isRelated(mine.identity, $0.identity) }
        }
    }

    /// Whether two objects are one, or one of them is part of the other: a column of a table, say.
    static func isRelated(_ a: String, _ b: String) -> Bool {
        let isPart = { (part: String, whole: String) in
            whole.hasPrefix("table ") && !whole.contains(": ")
                && (part.hasSuffix(" of \(whole)") || part.hasPrefix("\(whole): "))
        }
        return a == b || isPart(a, b) || isPart(b, a)
    }
}

extension SchemaChange {
    /// What a source has for a target: the changes of schema that the target's watermark does not
    /// show, in their order, but for those that it knows. Also what came from the target itself: it
    /// knows those, unless it went back in time.
    ///
    /// - Parameter received: what the target has applied of the source's log.
    static func pending(
        at source: Connection, received: Watermark, knownTo other: Connection
    ) throws -> [SchemaChange] {
        try pending(source.query(question(received)), knownTo: other)
    }

    /// What is to be asked for that.
    static func question(_ received: Watermark) -> SQL {
        """
        select e.uid, e.changed_at, e.origin, e.statement, e.tag, e.role, e.settings,
            array(
                select o.object ->> 'identity'
                from jsonb_array_elements(e.objects) with ordinality as o (object, place)
                order by o.place
            ) as identities,
            array(
                select o.object::text
                from jsonb_array_elements(e.objects) with ordinality as o (object, place)
                order by o.place
            ) as addresses
        from replication.event as e
        where e.kind in ('ddl', 'lost')
            and \(received.unseen("e"))
        order by e.id
        """
    }

    /// From the answer.
    static func pending(_ rows: [Row], knownTo other: Connection) throws -> [SchemaChange] {
        guard !rows.isEmpty else { return [] }
        let uids = try rows.map { try $0.string("uid") }
        let known = try other.query(
            "select uid from replication.event where uid = any (\(uids)::uuid[])")
        let done = Set(try known.map { try $0.string("uid") })
        return try rows.filter { try !done.contains($0.string("uid")) }.map(read)
    }

    private static func read(_ row: Row) throws -> SchemaChange {
        SchemaChange(
            uid: try row.string("uid"), changedAt: try row.string("changed_at"),
            origin: try row.int("origin"),
            statement: try row.optionalString("statement"), tag: try row.string("tag"),
            role: try row.string("role"), settings: try row.string("settings"),
            objects: zip(try row.strings("identities"), try row.strings("addresses")).map {
                Object(identity: $0, address: $1)
            })
    }
}

extension Connection {
    /// What an object is on this node; nil where it is not there.
    func definition(of object: SchemaChange.Object) throws -> String? {
        try query("select replication.definition_of(\(object.address)::jsonb) as text")
            .first?.optionalString("text")
    }
}
