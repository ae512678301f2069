import Foundation
import Postgres

/// The schema, as pg_dump tells it.
extension Export {
    /// What a stand-in has no use for, or must not do: nobody writes to it but the import, code of users
    /// need not run there, and what says how to reach other servers is nobody's business.
    private static let leftOut = [
        "TRIGGER", "EVENT TRIGGER", "POLICY", "ROW SECURITY", "SUBSCRIPTION", "PUBLICATION",
        "FOREIGN TABLE", "SERVER", "USER MAPPING", "FOREIGN DATA WRAPPER", "ACL", "DEFAULT ACL",
        "COMMENT", "SECURITY LABEL", "DATABASE", "STATISTICS DATA", "MATERIALIZED VIEW DATA",
    ]
    /// The one trigger that a stand-in needs: by it contents of large objects are written.
    private static let neededTrigger = "TRIGGER replication object_piece write_piece "

    /// Writes one piece for each thing that is made.
    func writeSchema(
        _ snapshot: String, _ programs: DumpPrograms, to writer: ExportWriter
    ) throws {
        let folder = try DumpFolder(nil)
        defer { folder.removeIfTemporary() }
        let (archive, list, script) = (
            folder.file("archive"), folder.file("list"), folder.file("script")
        )
        try programs.run(
            "pg_dump",
            [
                "--format=custom", "--file=\(archive)", "--schema-only", "--snapshot=\(snapshot)",
                "--encoding=UTF8", "--no-owner", "--no-privileges", "--no-tablespaces",
                "--no-comments", "--no-security-labels", "--no-publications",
                "--no-subscriptions", "--exclude-table=replication.staged_*",
            ], on: source, named: "trompe export"
        ) {}
        try programs.run("pg_restore", ["--list", "--file=\(list)", archive])
        let entries = try FileLines(list).filter(Self.isWanted)
        try Data((entries.joined(separator: "\n") + "\n").utf8).write(
            to: URL(fileURLWithPath: list))
        try programs.run(
            "pg_restore",
            [
                "--use-list=\(list)", "--file=\(script)", "--no-owner", "--no-privileges",
                "--no-tablespaces", archive,
            ])
        for statement in try Self.statements(script) {
            try writer.write(.schema, Array(statement.utf8))
        }
    }

    /// Whether a line of the archive's list names something that goes along:
    /// `215; 1259 16390 TABLE public item owner`.
    static func isWanted(_ line: String) -> Bool {
        let words = line.split(separator: " ", maxSplits: 3)
        guard words.count == 4, words[0].hasSuffix(";"), Int(words[0].dropLast()) != nil else {
            return false
        }
        if words[3].hasPrefix(neededTrigger) { return true }
        return !leftOut.contains { words[3].hasPrefix($0 + " ") }
    }

    /// The script, cut where pg_restore says what comes next, each part behind the kind of thing that it
    /// makes. Should the text of a function look like that, it is cut in two, and the import fails; nothing
    /// else can come of it.
    static func statements(_ file: String) throws -> [String] {
        var found: [String] = []
        var lines: [String] = []
        var kind: String?
        let end = {
            if let kind { found.append(kind + "\n" + lines.joined(separator: "\n")) }
        }
        for line in try FileLines(file) {
            if let next = Self.kind(line) {
                end()
                kind = next
                lines = []
            } else if !isOfTheServer(line, kind) {
                lines.append(line)
            }
        }
        end()
        return found
    }

    /// What a line says that the next lines make: `-- Name: item; Type: TABLE; Schema: public; Owner: -`.
    private static func kind(_ line: String) -> String? {
        guard line.hasPrefix("-- Name: "), line.contains("; Schema: "),
            let type = line.range(of: "; Type: ", options: .backwards),
            let end = line[type.upperBound...].firstIndex(of: ";")
        else { return nil }
        return String(line[type.upperBound..<end])
    }

    /// What is for psql, or for a server of the same release: options of columns are about estimates and
    /// the server's own affairs.
    private static func isOfTheServer(_ line: String, _ kind: String?) -> Bool {
        line.hasPrefix("\\unrestrict ") || line.hasPrefix("\\restrict ")
            || kind == "TABLE" && line.hasPrefix("ALTER TABLE ONLY ")
                && line.contains(" ALTER COLUMN ") && line.contains(" SET (")
    }
}
