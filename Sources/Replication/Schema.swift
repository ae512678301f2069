import CSchema

/// The schema "replication" as this program carries it.
public enum Schema {
    /// The version that this program installs and works with.
    public static let version = 2

    /// Tells what this program carries from what another build of the same version does: a number made
    /// of all files (FNV-1a, in 64 bits).
    static let digest: String = {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        for file in UnsafeBufferPointer(start: schema_files_start(), count: Int(schema_file_count))
        {
            var next = file.text
            while let byte = next?.pointee, byte != 0 {
                sum = (sum ^ UInt64(UInt8(bitPattern: byte))) &* 0x100_0000_01b3
                next = next?.advanced(by: 1)
            }
        }
        return String(sum, radix: 16)
    }()

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
