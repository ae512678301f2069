import CSchema

/// The SQL of the demo: the files of Fixtures/demo, as this program carries them.
enum DemoFile: String {
    case schema = "schema.sql"
    case rows = "rows.sql"
    case changesOnA = "changes-A.sql"
    case changesOnB = "changes-B.sql"
    case changesOnC = "changes-C.sql"
    case changesOnD = "changes-D.sql"
    case changesOnE = "changes-E.sql"

    /// The statements.
    var text: String {
        let all = UnsafeBufferPointer(start: demo_files_start(), count: Int(demo_file_count))
        return all.first { String(cString: $0.name) == rawValue }.map { String(cString: $0.text) }
            ?? ""
    }

    /// What they do, in the words of the comment above them.
    var summary: String {
        text.prefix { $0 != "\n" }.drop { "- ".contains($0) }.description
    }
}
