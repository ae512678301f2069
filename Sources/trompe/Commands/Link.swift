import ArgumentParser
import Postgres
import Replication

/// `trompe link`: makes two nodes neighbours.
struct Link: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Make two nodes neighbours.",
        discussion: """
            Nodes form a tree: between any two there is one way. Databases given by service names \
            know each other by them afterwards, so that "trompe sync A" finds the neighbours of A.
            """)

    @Argument(help: "One database.", completion: Service.completion)
    var a: String

    @Argument(help: "The other.", completion: Service.completion)
    var b: String

    func run() throws {
        let sides = [try Connection(a), try Connection(b)]
        try Edge(sides[0], sides[1]).link(serviceA: Service.name(a), serviceB: Service.name(b))
        // By their labels: what was typed may hold a password.
        let (a, b) = (sides[0].label, sides[1].label)
        Console.print("\(a) and \(b) are neighbours; bring them level with: trompe sync \(a) \(b)")
    }
}

/// `trompe unlink`: ends the edge between two nodes.
struct Unlink: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlink",
        abstract: "End the edge between two neighbours.",
        discussion: """
            Changes that were not synced stay where they are. Give the second database, or with \
            --node the number of a neighbour that is no more.
            """)

    @Argument(help: "One database.", completion: Service.completion)
    var a: String

    @Argument(help: "The other.", completion: Service.completion)
    var b: String?

    @Option(help: "The number of a neighbour that cannot be reached any more.")
    var node: Int?

    func validate() throws {
        guard (b == nil) != (node == nil) else {
            throw ValidationError("Give the second database, or --node and its number.")
        }
    }

    func run() throws {
        let here = try Connection(a)
        if let b {
            switch try OtherSide(b, knownTo: here) {
            case .here(let there):
                try Edge(here, there).unlink()
                Console.print("\(here.label) and \(there.label) are no longer neighbours")
            case .away(let neighbour, let error):
                // One side can end the edge alone, where a person says so.
                throw ReplicationError.neighbourAway(
                    database: here.label, number: neighbour.number,
                    because: "\(error.database): \(error.message)")
            }
        } else if let node {
            try Edge.forget(node, at: here)
            Console.print("\(here.label): node \(node) is no longer a neighbour")
        }
    }
}
