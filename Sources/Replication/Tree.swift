import Postgres

/// The tree as one node, or two together, know it: its nodes and edges.
struct Tree: Sendable, Hashable {
    /// A node as the tree knows it.
    struct Member: Sendable, Hashable {
        let number: Int
        let name: String
        let identity: String
    }

    /// An edge; `madeAt` is PostgreSQL's text of the time in UTC, which sorts.
    struct Edge: Sendable, Hashable {
        let low: Int
        let high: Int
        let id: String
        let madeAt: String
    }

    var members: [Member]
    var edges: [Edge]

    /// What a node knows of the tree.
    init(_ connection: Connection) throws {
        try self.init(connection.queries(Self.questions))
    }

    /// What is to be asked for that.
    static let questions: [SQL] = [
        "select number, name, identity from replication.member order by number",
        """
        select low, high, id, to_char(made_at, 'YYYY-MM-DD HH24:MI:SS.US') as made_at
        from replication.edge
        order by low, high
        """,
    ]

    /// From the answers.
    init(_ answers: [[Row]]) throws {
        members = try answers[0].map { row in
            Member(
                number: try row.int("number"), name: try row.string("name"),
                identity: try row.string("identity"))
        }
        edges = try answers[1].map { row in
            Edge(
                low: try row.int("low"), high: try row.int("high"), id: try row.string("id"),
                madeAt: try row.string("made_at"))
        }
    }

    init(members: [Member], edges: [Edge]) {
        self.members = members
        self.edges = edges
    }

    /// What two nodes know together.
    func union(_ other: Tree) -> Tree {
        let known = Set(edges.map { [$0.low, $0.high] })
        let numbers = Set(members.map(\.number))
        return Tree(
            members: members + other.members.filter { !numbers.contains($0.number) },
            edges: edges + other.edges.filter { !known.contains([$0.low, $0.high]) })
    }

    /// The part of the tree that hangs on a node when the edge to another one is cut. Of that part
    /// the node itself knows best.
    func side(of node: Int, awayFrom other: Int) -> Tree {
        let cut = edges.first { $0.low == min(node, other) && $0.high == max(node, other) }
        return Tree(
            members: members.filter { path(from: node, to: $0.number, without: cut) != nil },
            edges: edges)
    }

    /// Two nodes that were given one number: here and there.
    func clash(with other: Tree) -> (Member, Member)? {
        for member in members {
            if let there = other.members.first(where: { $0.number == member.number }),
                there.identity != member.identity
            {
                return (member, there)
            }
        }
        return nil
    }

    /// The node numbers on the way from one node to another; nil where there is none.
    func path(from start: Int, to end: Int, without: Edge? = nil) -> [Int]? {
        var came: [Int: Int] = [start: start]
        var frontier = [start]
        while let node = frontier.popLast() {
            for edge in edges where edge != without && (edge.low == node || edge.high == node) {
                let next = edge.low == node ? edge.high : edge.low
                guard came[next] == nil else { continue }
                came[next] = node
                frontier.append(next)
            }
        }
        guard came[end] != nil else { return nil }
        var path = [end]
        while let last = path.last, last != start, let previous = came[last] {
            path.append(previous)
        }
        return path.reversed()
    }

    /// The cycle that an edge closes: where there is another way between its ends, and no edge of
    /// that way is younger. So of every cycle exactly one edge is refused, the youngest.
    func cycle(closedBy edge: Edge) -> [Int]? {
        guard let way = path(from: edge.low, to: edge.high, without: edge) else { return nil }
        let onTheWay = zip(way, way.dropFirst()).compactMap { a, b in
            edges.first { $0.low == min(a, b) && $0.high == max(a, b) }
        }
        let age = { (edge: Edge) in (edge.madeAt, edge.id) }
        return onTheWay.allSatisfy { age($0) < age(edge) } ? way + [edge.low] : nil
    }

    /// The names of all nodes by number.
    var names: [Int: String] {
        Dictionary(members.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
    }

    /// What people call a node.
    func name(_ number: Int) -> String {
        members.first { $0.number == number }?.name ?? "node \(number)"
    }
}
