/// The replication protocol as pure values: no database, no clock, no I/O.
///
/// Whether asynchronous multi-master replication converges, loses nothing and comes to rest depends
/// on a dozen rules that interact. Here they stand alone, small enough to run thousands of random
/// histories in seconds, judged by a ground truth (`Truth`) that knows nothing of the rules. A rule
/// is changed here first, and each rule has a `Variant` without it that the checker must catch.
enum Model {}

extension Model {
    /// The name of a row's newest change, which travels with it unchanged. Later names are greater;
    /// of two made at the same instant, the one of the higher node.
    struct Version: Comparable, Hashable {
        /// The time given to a row that no log entry names: older than any logged change.
        static let unlogged = Int.min

        var changedAt: Int
        var origin: Int

        static func < (left: Version, right: Version) -> Bool {
            (left.changedAt, left.origin) < (right.changedAt, right.origin)
        }
    }

    /// Which transactions had committed at a moment, as PostgreSQL's `pg_snapshot` tells it: those
    /// below `xmax` that were not still in progress.
    struct Snapshot: Equatable {
        var xmax: Int
        var inProgress: [Int]

        func sees(_ xid: Int) -> Bool {
            xid < xmax && !inProgress.contains(xid)
        }
    }

    /// Through whom a change came to a node, and so whom it still has to reach.
    enum Via: Equatable {
        /// Made at this node: for every neighbour.
        case here
        /// Came from this neighbour: for every other.
        case neighbour(Int)
        /// For this neighbour alone: a row that the others had long before the edge was made.
        case only(Int)
        /// All have it.
        case nobody

        func isPending(for neighbour: Int) -> Bool {
            switch self {
            case .here: true
            case .neighbour(let number): number != neighbour
            case .only(let number): number == neighbour
            case .nobody: false
            }
        }
    }

    /// A log entry: which key changed, in which transaction, with which name. Never what it became.
    struct Entry {
        var xid: Int
        var key: Int
        var version: Version
        var via: Via
    }

    /// A TRUNCATE: the delete of every key there is, without an entry for each.
    struct Truncate {
        var xid: Int
        var version: Version
        var via: Via
    }

    /// What holds in a world for all nodes.
    struct Rules {
        var policy: Policy
        var variant: Variant?
        var constraints = Constraints()
    }

    /// The row at one key, or its absence.
    struct Cell: Equatable {
        /// nil: there is no row.
        var content: Int?
        /// Ground truth: the changes that this content (or absence) is the outcome of; several
        /// where nodes made the same change independently. No rule of the protocol reads it.
        var standing: [Int]

        /// The same content stands for these changes too.
        mutating func share(_ others: [Int]) {
            standing += others.filter { !standing.contains($0) }
        }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): every history follows from one printed seed.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        mutating func below(_ bound: Int) -> Int {
            Int(next() % UInt64(bound))
        }

        mutating func chance(_ percent: Int) -> Bool {
            below(100) < percent
        }
    }
}
