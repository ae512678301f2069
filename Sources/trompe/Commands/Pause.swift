import ArgumentParser
import Postgres
import Replication

/// `trompe pause`: lets nothing be synced over an edge, or with a node.
struct Pause: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause the edge between two neighbours, or all edges of a node.",
        discussion: """
            Until trompe resume, each sync over it is refused with the exit status 75, or skipped by \
            "trompe sync A". Changes go on being logged, and nothing is lost. The pause of an edge is \
            noted on both sides; where B cannot be reached, on A alone, which is enough. A sync that \
            is under way goes on to its end.
            """)

    @OptionGroup var place: PausePlace

    @Option(help: "Why, for whoever comes upon it.")
    var reason: String?

    func run() throws {
        for side in try place.sides() {
            try Replication.Pause.begin(
                side.connection, neighbour: side.neighbour, reason: reason)
            Console.print("\(side.connection.label): \(side.what) is paused")
        }
    }
}

/// `trompe resume`: ends a pause.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "End what trompe pause began.",
        discussion: "What was changed meanwhile travels with the next sync.")

    @OptionGroup var place: PausePlace

    func run() throws {
        for side in try place.sides() {
            let wasPaused = try Replication.Pause.end(side.connection, neighbour: side.neighbour)
            Console.print(
                "\(side.connection.label): \(side.what) "
                    + (wasPaused ? "is no longer paused" : "was not paused"))
            for other in try Replication.Pause.others(side.connection) {
                // An edge has nothing to do with another one.
                guard side.neighbour == nil || !wasPaused || other.isOfNode else { continue }
                Console.error("\(side.connection.label): \(other.line)")
            }
        }
    }
}

/// What is paused: a node, or an edge of it.
struct PausePlace: ParsableArguments {
    @Argument(help: "One database.", completion: Service.completion)
    var a: String

    @Argument(help: "Its neighbour (default: all edges of A).", completion: Service.completion)
    var b: String?

    @Option(help: "The number of the neighbour, where it cannot be named otherwise.")
    var node: Int?

    func validate() throws {
        guard b == nil || node == nil else {
            throw ValidationError("Give the second database or --node, not both.")
        }
    }

    /// One database in which the pause is noted.
    struct Side {
        let connection: Connection
        /// The number of the neighbour; nil for all of them.
        let neighbour: Int?
        let what: String
    }

    func sides() throws -> [Side] {
        let here = try Connection(a)
        let nodeOfA = try Node(here)
        guard let b else {
            let what = node.map { "the edge to node \($0)" } ?? "node \(nodeOfA.name)"
            return [Side(connection: here, neighbour: node, what: what)]
        }
        switch try OtherSide(b, knownTo: here) {
        case .here(let there):
            let edge = try Edge(here, there)
            let nodeOfB = try Node(there)
            guard try edge.acquaintance() == (true, true) else {
                throw ReplicationError.notNeighbours(here.label, there.label)
            }
            return [
                Side(
                    connection: here, neighbour: nodeOfB.number,
                    what: "the edge to \(nodeOfB.name)"),
                Side(
                    connection: there, neighbour: nodeOfA.number,
                    what: "the edge to \(nodeOfA.name)"),
            ]
        case .away(let neighbour, _):
            Console.error("warning: \(b) cannot be reached, and hears nothing of it")
            return [
                Side(
                    connection: here, neighbour: neighbour.number,
                    what: "the edge to \(neighbour.name)")
            ]
        }
    }
}
