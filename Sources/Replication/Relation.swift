import Postgres

/// A replicated table as one node has it: what the statements of a direction follow from.
public struct Relation: Sendable, Hashable {
    /// How PostgreSQL keeps its rows together.
    enum Kind: String, Sendable {
        case ordinary = "r"
        case partitioned = "p"
        /// Part of an old-style inheritance tree: its own rows only.
        case inheriting = "i"
    }

    /// A column that is sent: all but generated ones, which each side computes; one that is part of
    /// the key is sent to find the row by.
    struct Column: Sendable, Hashable {
        let name: String
        /// Its number in the table (attnum), which differs from node to node.
        let number: Int
        /// As one writes it, with its length and the like.
        let type: String
        /// The same, or of a domain what it is over: a staged delete has no values, and a domain
        /// may forbid NULL.
        let baseType: String
        let baseOID: Int
        /// Qualified and quoted; nil where the type has none.
        let collation: String?
        /// GENERATED ALWAYS AS IDENTITY: an UPDATE cannot set it.
        let isAlways: Bool
        /// Computed: neither INSERT nor UPDATE can set it.
        let isGenerated: Bool
        /// Its values are the numbers of large objects.
        let holdsObjects: Bool
    }

    /// A generated column, and its expression as PostgreSQL writes it.
    struct Generated: Sendable, Hashable {
        let name: String
        let expression: String
    }

    /// A column of the key, and the operator that finds equal values of it.
    struct KeyColumn: Sendable, Hashable {
        let name: String
        let equals: String
    }

    /// Its number in this node's registry, which the names of its log and functions end in.
    let id: Int
    let schema: String
    let table: String
    /// `schema.table` as PostgreSQL writes it, with quotes where it needs them: what people and the
    /// policies call it.
    let fullName: String
    let kind: Kind
    /// Whether its log says which columns an UPDATE changed.
    let logsColumns: Bool
    private(set) var columns: [Column]
    let key: [KeyColumn]
    /// False where the key is a deferrable constraint.
    let isKeyImmediate: Bool
    /// Whether somebody looks at all rows that arrive: foreign keys do, from either end, and sequences of
    /// columns that are no key.
    let isLookedAt: Bool
    /// Whether it has rules, which a COPY would pass by.
    let hasRules: Bool
    /// Columns that are computed and not sent, with what computes them.
    let generated: [Generated]
    /// What one row at a time can claim, beside the key.
    let claims: [Claim]
    /// What neighbours see of it, or this node of a neighbour's, by their numbers.
    let filters: [Int: Filter]
    /// Of the history of conflicts: the neighbours that do not see all columns of some table.
    let shortened: Set<Int>
    /// Columns that both sides have and that do not cross the edge.
    private(set) var hidden: [Column] = []

    /// `"schema"."table"`.
    var name: SQL { "\(id: [schema, table])" }
    /// The same as a FROM clause names it: without the rows of tables that inherit from it.
    var rows: SQL { kind == .inheriting ? "only \(name)" : name }
    /// Its log.
    var log: SQL { "replication.log_\(raw: String(id))" }
    /// Whether it is one of this schema's own, that travel like data.
    var isSystem: Bool { schema == "replication" }

    /// The same with those columns only that another side has, too, and that cross the edge. Either side's
    /// half of a filter keeps a column back.
    ///
    /// - Parameters:
    ///   - node: the number of this side's node.
    ///   - neighbour: that of the other's.
    func crossing(to other: Relation, from node: Int, to neighbour: Int) -> Relation {
        let names = Set(other.columns.map(\.name))
        let kept = hiddenNames(from: neighbour).union(other.hiddenNames(from: node))
        var relation = self
        relation.columns = columns.filter { names.contains($0.name) && !kept.contains($0.name) }
        relation.hidden = columns.filter { names.contains($0.name) && kept.contains($0.name) }
        return relation
    }

    /// The names of the columns that are kept back on the edge to a neighbour.
    func hiddenNames(from neighbour: Int) -> Set<String> {
        guard let numbers = filters[neighbour]?.hidden, !numbers.isEmpty else { return [] }
        return Set(columns.filter { numbers.contains($0.number) }.map(\.name))
    }

    /// The place of a column among the columns that are sent, from 1.
    func position(of column: String) -> Int {
        (columns.firstIndex { $0.name == column } ?? -1) + 1
    }
}

/// Values that one row at a time can claim: a unique index, or an exclusion constraint.
struct Claim: Sendable, Hashable {
    let name: String
    /// The expressions that it is over, columns mostly, as PostgreSQL writes them, each with the
    /// operator by which two rows clash.
    let parts: [Relation.KeyColumn]
    /// The condition of a partial index.
    let predicate: String?
    /// Whether NULL is a value that can stand there once only.
    let nullsAreEqual: Bool
    /// Checked at once; a deferrable constraint's is not, and not at all in replica role.
    let isImmediate: Bool
}
