import Replication

/// What nodes know, for Prometheus: by way of the textfile collector of its node_exporter, say.
enum MetricsOutput {
    /// All metrics of all databases that were asked.
    static func text(of inquiry: Inquiry) -> String {
        (reachability(inquiry) + nodes(inquiry) + edges(inquiry) + figures(inquiry))
            .map(\.text).joined()
    }

    private static func reachability(_ inquiry: Inquiry) -> [Metric] {
        var up = Metric("up", "Whether the database gave an answer.")
        let names = distinct(inquiry.answers.map { ($0.label, nil) })
        for (answer, name) in zip(inquiry.answers, names) {
            up.add(answer.status == nil ? 0 : 1, [("database", name)])
        }
        return [up]
    }

    /// The nodes that answered, each with the name that its samples bear.
    private static func named(
        _ inquiry: Inquiry
    ) -> [(status: Replication.Status, label: Metric.Label)] {
        let statuses = inquiry.survey.statuses
        let names = distinct(statuses.map { ($0.node.name, $0.node.number) })
        return zip(statuses, names).map { ($0, ("node", $1)) }
    }

    /// By number.
    private static func neighbours(_ status: Replication.Status) -> [Int: String] {
        let names = distinct(status.neighbours.map { ($0.name, $0.number) })
        return Dictionary(
            zip(status.neighbours.map(\.number), names), uniquingKeysWith: { first, _ in first })
    }

    /// Names that differ, as samples with the same labels spoil the whole output: those that several
    /// have get the number of the node behind them, or, where that does not do, count on.
    private static func distinct(_ items: [(name: String, number: Int?)]) -> [String] {
        var taken: Set<String> = []
        return items.map { item in
            var first = item.name
            if items.count(where: { $0.name == item.name }) > 1, let number = item.number {
                first += " (\(number))"
            }
            var name = first
            var count = 1
            while !taken.insert(name).inserted {
                count += 1
                name = "\(first) #\(count)"
            }
            return name
        }
    }

    private static func nodes(_ inquiry: Inquiry) -> [Metric] {
        var tables = Metric("replicated_tables", "Tables that are replicated.")
        var others = Metric("unreplicated_tables", "Tables that are not replicated.")
        var conflicts = Metric("conflicts", "Conflicts in the history of the node.")
        var ahead = Metric(
            "clock_ahead_seconds",
            "How far the times that changes are given run ahead of the server's clock.")
        var scarce = Metric(
            "scarce_sequences", "Sequences with less than a tenth of their numbers left.")
        var broken = Metric(
            "broken_capture_triggers", "Capture triggers that are missing, disabled or replaced.")
        var original = Metric(
            "node_original", "0 where the database is a copy, or was restored from a dump.")
        var schema = Metric(
            "captures_schema_changes", "Whether changes of schema are captured as they are made.")
        var warnings = Metric("warnings", "What trompe status warns of.")
        for (status, label) in named(inquiry) {
            tables.add(Double(status.tables), [label])
            others.add(Double(status.unattached.count), [label])
            conflicts.add(Double(status.conflicts), [label])
            ahead.add(status.clockAhead, [label])
            scarce.add(Double(status.scarceSequences.count), [label])
            broken.add(Double(status.brokenCapture.count), [label])
            original.add(status.node.isOriginal ? 1 : 0, [label])
            schema.add(status.capturesSchema ? 1 : 0, [label])
            warnings.add(Double(status.warnings.count), [label])
        }
        return [tables, others, conflicts, ahead, scarce, broken, original, schema, warnings]
    }

    private static func edges(_ inquiry: Inquiry) -> [Metric] {
        var pending = Metric(
            "pending_rows", "Rows that wait to be sent to the neighbour, counted up to 100000.")
        var schema = Metric(
            "pending_schema_changes", "Changes of schema that wait to be sent to the neighbour.")
        var last = Metric(
            "last_sync_timestamp_seconds",
            "When a sync last brought the node up to date with the neighbour; 0 if never.")
        var waiting = Metric(
            "waiting_rows", "Rows of the neighbour's that a constraint of the node forbids.")
        var skew = Metric(
            "clock_skew_seconds",
            "By how much the clock of the neighbour's server was ahead of the node's.")
        var error = Metric(
            "clock_skew_error_seconds", "How far from the truth the measured skew can be.")
        var rejoin = Metric("rejoin_needed", "Whether the edge waits for trompe rejoin.")
        for (status, label) in named(inquiry) {
            let names = neighbours(status)
            for edge in status.neighbours {
                let labels = [label, ("neighbour", names[edge.number] ?? edge.name)]
                pending.add(Double(edge.pending.rows), labels)
                schema.add(Double(edge.pendingSchemaChanges), labels)
                last.add(edge.lastSync?.epoch ?? 0, labels)
                waiting.add(Double(edge.waiting), labels)
                rejoin.add(edge.waitsForRejoin ? 1 : 0, labels)
                guard let measured = edge.clockSkew else { continue }
                skew.add(measured.seconds, labels)
                error.add(measured.error, labels)
            }
        }
        return [pending, schema, last, waiting, skew, error, rejoin]
    }

    private static func figures(_ inquiry: Inquiry) -> [Metric] {
        var entries = Metric(
            "log_entries", "Entries in the logs, as the server's statistics estimate them.")
        var bytes = Metric("log_bytes", "What the logs take on the disk.")
        var staging = Metric("staging_bytes", "What is staged from neighbours, on the disk.")
        var rows = Metric(
            "received_rows_total", "Rows that syncs have changed here for a neighbour.",
            kind: .counter)
        var conflicts = Metric(
            "decided_conflicts_total",
            "Conflicts that syncs have decided here in rows of a neighbour.", kind: .counter)
        for (status, label) in named(inquiry) {
            let answer = inquiry.answers.first { $0.status?.node == status.node }
            guard let figures = answer?.figures else { continue }
            entries.add(Double(figures.logEntries), [label])
            bytes.add(Double(figures.logBytes), [label])
            staging.add(Double(figures.stagingBytes), [label])
            let names = neighbours(status)
            // Former neighbours are left out: their names are no longer known.
            for received in figures.received {
                guard let name = names[received.neighbour] else { continue }
                rows.add(Double(received.rows), [label, ("neighbour", name)])
                conflicts.add(Double(received.conflicts), [label, ("neighbour", name)])
            }
        }
        return [entries, bytes, staging, rows, conflicts]
    }
}
