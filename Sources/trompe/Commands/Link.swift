import ArgumentParser
import Postgres
import Replication

/// `trompe link`: makes two nodes neighbours.
struct Link: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make two nodes neighbours.",
        discussion: """
            Nodes form a tree: between any two there is one way. Databases given by service names \
            know each other by them afterwards, so that "trompe sync A" finds the neighbours of A.
            """)

    @Argument(help: "One database.")
    var a: String

    @Argument(help: "The other.")
    var b: String

    func run() throws {
        let edge = try Edge(try Connection(a), try Connection(b))
        try edge.link(serviceA: Service.name(a), serviceB: Service.name(b))
        Console.print("\(a) and \(b) are neighbours; bring them level with: trompe sync \(a) \(b)")
    }
}

/// `trompe unlink`: ends the edge between two nodes.
struct Unlink: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End the edge between two neighbours.",
        discussion: """
            Changes that were not synced stay where they are. Give the second database, or with \
            --node the number of a neighbour that is no more.
            """)

    @Argument(help: "One database.")
    var a: String

    @Argument(help: "The other.")
    var b: String?

    @Option(help: "The number of a neighbour that cannot be reached any more.")
    var node: Int?

    func validate() throws {
        guard (b == nil) != (node == nil) else {
            throw ValidationError("Give the second database, or --node and its number.")
        }
    }

    func run() throws {
        if let b {
            try Edge(try Connection(a), try Connection(b)).unlink()
            Console.print("\(a) and \(b) are no longer neighbours")
        } else if let node {
            try Edge.forget(node, at: try Connection(a))
            Console.print("\(a): node \(node) is no longer a neighbour")
        }
    }
}
