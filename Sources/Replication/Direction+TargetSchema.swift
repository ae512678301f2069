import Postgres

/// Rows travel under the schema of their source, which must not be older than that of the target.
extension Direction {
    /// Refuses a target with changes of schema that the source does not have. A column that it has
    /// dropped would be lost from the rows, without a trace; one that it has renamed would be another.
    ///
    /// Asked before the rows, and once more when it is known what columns they have at the target, as
    /// somebody may have changed the schema meanwhile.
    func checkTargetSchema(_ answer: [Row]) throws {
        try checkTargetSchema(SchemaChange.pending(answer, knownTo: source))
    }

    /// What the target is asked for that.
    func questionOfSchema(
        knownBySource here: Neighbour, byTarget there: Neighbour
    ) -> SQL {
        SchemaChange.question(here.received ?? there.schemaFrom ?? .nothing)
    }

    /// The same with those that the target has and the source does not.
    func checkTargetSchema(_ changes: [SchemaChange]) throws {
        if options.isDryRun, !options.isOneWay { return }
        guard let change = changes.first(where: \.concernsRows) else { return }
        throw ReplicationError.schemaNewerAtTarget(
            source: sourceNode.label, target: targetNode.label, change: change,
            isOneWay: options.isOneWay)
    }
}

extension SchemaChange {
    /// Whether rows may be other ones after it than before.
    var concernsRows: Bool {
        let words = (statement ?? "").lowercased().split { !$0.isLetter && $0 != "_" }.map(
            String.init)
        switch tag {
        case "ALTER TABLE":
            // A constraint, and nothing else: it may wait for rows.
            return words.filter { $0 == "add" }.count != 1
                || Set(words).isDisjoint(with: ["check", "unique", "foreign", "exclude"])
                || !Set(words).isDisjoint(with: [
                    "rename", "drop", "type", "column", "primary", "attach", "detach",
                ])
        case "CREATE INDEX", "DROP INDEX", "ALTER INDEX", "COMMENT", "GRANT", "REVOKE",
            "CREATE VIEW", "ALTER VIEW", "DROP VIEW", "CREATE MATERIALIZED VIEW",
            "DROP MATERIALIZED VIEW", "CREATE FUNCTION", "ALTER FUNCTION", "DROP FUNCTION",
            "CREATE PROCEDURE", "ALTER PROCEDURE", "DROP PROCEDURE", "CREATE SCHEMA",
            "CREATE SEQUENCE", "ALTER SEQUENCE", "CREATE POLICY", "ALTER POLICY", "DROP POLICY",
            "CREATE TYPE", "CREATE DOMAIN", "CREATE EXTENSION":
            return false
        default: return true
        }
    }
}
