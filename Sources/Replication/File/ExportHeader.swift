/// What a file says of itself: who it is from and for, and where it belongs in the history of the edge.
struct ExportHeader: Codable, Sendable, Hashable {
    /// A node, as the other one knows it.
    struct Party: Codable, Sendable, Hashable {
        let number: Int
        let name: String
        let identity: String
    }

    /// The format of files that this program writes and reads.
    static let currentFormat = 1
    /// How every file begins, whatever its format.
    static let magic = "trompe export\n"

    var format = currentFormat
    /// The version of the schema "replication".
    var schema = Schema.version
    /// And which build has installed it.
    var digest = Schema.digest
    let from: Party
    let to: Party
    let modulus: Int
    /// When it was made, by the source's clock; as text in UTC.
    let madeAt: String
    /// What the file shows of the source: the target's watermark afterwards.
    let snapshot: String
    /// What the target had of the source's log, as the source knew: the file has what came since.
    let since: String
    /// Whether that is where the first way back begins, as nothing has gone this way yet.
    let isWayBack: Bool
    /// What the source had of the target's log.
    let heard: String?
    /// The offer that came with that.
    let heardToken: String?
    /// The offer that the target gets with it.
    let token: String
    /// The offers that the target could show, when the file was made.
    let tokens: [String]
    /// The columns of tables that inherit, in the order by which the file counts them.
    let orders: [String: [String]]
}

/// One piece of a file: a letter, the length of what follows in four bytes, and that.
enum ExportFrame: UInt8 {
    /// The header, as JSON; the first one.
    case header = 0x48
    /// A statement that makes something of the schema: what kind of thing, a line end, the statement.
    case schema = 0x51
    /// Rows of a table follow, as JSON.
    case table = 0x43
    /// Data of a COPY.
    case data = 0x44
    /// The rows of the table were whole.
    case endOfTable = 0x45
    /// The SHA-256 of all before it; the last one.
    case digest = 0x5a

    /// Longer ones are not written.
    static let longest = 64 << 20
}

/// The rows of which table follow.
struct ExportedTable: Codable, Sendable, Hashable {
    let schema: String
    let name: String
    let columns: [String]
    let isBinary: Bool
    /// Rows of tables that inherit from it are not among them.
    let isUsers: Bool
}
