import Replication

/// What nodes know, for a person: the tree, and what each of them has to say besides.
enum StatusOutput {
    static func show(_ inquiry: Inquiry) {
        for (index, tree) in inquiry.survey.trees.enumerated() {
            if index > 0 { Console.print() }
            for line in TreePicture(tree).lines { Console.print(line) }
        }
        showNotes(inquiry.survey.statuses)
    }

    /// What several nodes have to say in the same words stands there once.
    private static func showNotes(_ statuses: [Replication.Status]) {
        var sayers: [String: [String]] = [:]
        var lines: [String] = []
        for status in statuses {
            for line in notes(status) {
                if sayers[line] == nil { lines.append(line) }
                sayers[line, default: []].append(status.node.name)
            }
        }
        for line in lines {
            let names = sayers[line, default: []].joined(separator: ", ")
            Console.print(statuses.count == 1 ? line : "\(names): \(line)")
        }
    }

    /// What a person may have to do something about.
    private static func notes(_ status: Replication.Status) -> [String] {
        let schema =
            "schema: only changes made by trompe ddl or replication.ddl() travel (to capture all "
            + "of them, a superuser runs: select replication.capture_schema_changes())"
        return status.waiting.map(WaitingOutput.line)
            + status.filters.map { "filter: \($0.line)" }
            + status.neighbours.compactMap(files)
            + (status.capturesSchema ? [] : [schema])
            + status.unattached.map { "not replicated: \($0)" }
            + status.warnings.map { "warning: \($0)" }
    }

    /// Files under way, where there are some.
    private static func files(_ view: Replication.Status.Edge) -> String? {
        guard let seconds = view.secondsSinceFirstFile else { return nil }
        let one = view.files == 1
        return "exported: \(SyncOutput.counted(view.files, "file")) for \(view.name), "
            + "\(one ? "" : "the first ")\(LastSync.age(seconds: seconds)); not known to have arrived"
    }

    /// What is pending, in words.
    static func pending(_ view: Replication.Status.Edge) -> String {
        if view.isNew { return "everything is pending" }
        let pending = view.pending
        return (pending.isAll ? "" : "at least ") + SyncOutput.counted(pending.rows, "row")
            + (view.pendingSchemaChanges == 0
                ? ""
                : ", \(SyncOutput.counted(view.pendingSchemaChanges, "change")) of schema")
            + " pending"
    }
}
