import CSchema

/// The schema "replication" as this program carries it.
public enum Schema {
    /// The version that this program installs and works with.
    public static let version = 2

    /// The first server version that has all the schema needs, as `server_version_num` writes it.
    public static let oldestServer = 150_000

    /// One file of the folder `sql/`.
    struct File {
        let name: String
        let text: String
    }

    /// All files, in the order of their installation. Each may be run again: it replaces functions
    /// and keeps tables.
    static var files: [File] {
        let all = UnsafeBufferPointer(start: schema_files_start(), count: Int(schema_file_count))
        return all.map { File(name: String(cString: $0.name), text: String(cString: $0.text)) }
    }
}
