/// What a person can say of a sync.
public struct SyncOptions: Sendable, Hashable {
    /// Try it, report what it would do, and roll back.
    public var isDryRun = false
    /// Let the policies decide where the first sync of an edge meets different rows under one key.
    public var merges = false
    /// The first direction only.
    public var isOneWay = false
    /// How long a direction waits for somebody's lock, in milliseconds: half of it, then it begins
    /// again once, and waits for the other half.
    public var lockTimeoutMilliseconds = 10_000

    /// From how many bytes on the backlog of a table is staged before the direction begins, so that a
    /// link that drops does not make it begin again. Nil: from `largeBytes` on, where the other side is
    /// far away, or where the last try did not come to its end.
    public var stagingBytes: Int?

    /// From how many bytes on a backlog is a large one.
    static let largeBytes = 8 << 20

    /// Beyond this, half of a round trip, the other side is far away: what is staged costs less than the
    /// way.
    public var nearSeconds = 0.005

    /// The bytes that are then brought over at once, at first: so many may come again.
    public var pieceBytes = 1 << 20

    /// Apply rows that meet no change of the target's as they arrive, without a decision about each.
    public var goesStraight = true

    /// The bytes of the first pieces in which they are applied.
    public var straightBytes = 512 << 10

    /// Carry out changes of schema with the agent's own rights, not as the role that made them.
    public var runsSchemaChangesAsAgent = false

    /// How often a direction begins again at most, where only the moment was wrong.
    public var retryLimit = 5

    /// The sync of a node that came back, over an edge that waits for that.
    var isRejoin = false

    /// Whether both directions are run as ever, and what they do stays.
    var isPlain: Bool { !isDryRun && !isOneWay && !isRejoin }

    /// All as one would expect it.
    public init() {}
}

/// What a sync is doing right now, for a person who waits.
public enum Progress: Sendable, Hashable {
    /// A statement of the other side's changes the schema.
    case changingSchema(statement: String)
    /// Rows of a table are on their way: so many so far.
    case staging(table: String, rows: Int)
    /// So many rows of a table were brought over by an earlier try; it goes on behind them.
    case goingOn(table: String, rows: Int)
    /// The rows of a table are being compared on both sides.
    case comparing(table: String)
    /// The contents of large objects are being compared on both sides.
    case comparingObjects
    /// Chunks of large objects are on their way: so many so far.
    case sendingObjects(chunks: Int)
    /// The staged rows of a table are being applied.
    case applying(table: String)
}
