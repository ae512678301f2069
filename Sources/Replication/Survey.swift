import Postgres

/// What several nodes know of their tree, put together: of an edge whose two ends were asked, both
/// sides are known. Databases of several trees make several trees.
public struct Survey: Sendable {
    /// A node of the tree.
    public struct Member: Sendable {
        /// Tells it from all others, also from one of another tree with the same number.
        public let identity: String
        /// Its number in the tree.
        public let number: Int
        /// What people call it.
        public let name: String
        /// The service by which a neighbour that was asked reaches it.
        public internal(set) var service: String?
        /// What it said of itself; nil where it was not asked, or gave no answer.
        public internal(set) var status: Status?
        /// Why it gave no answer, in one line.
        public internal(set) var problem: String?
    }

    /// An edge, and what its two ends say of it.
    public struct Edge: Sendable {
        /// The identities of its ends.
        public let ends: [String]
        /// What an end sees of the other one, by the identity of the end that sees it.
        public internal(set) var views: [String: Status.Edge]

        /// The end that is not this one.
        public func other(_ end: String) -> String { ends[0] == end ? ends[1] : ends[0] }
    }

    /// A node drawn beneath the one through which it hangs on the first that was asked.
    public struct Branch: Sendable {
        /// The node.
        public let member: Member
        /// The edge to the one above; nil at the root.
        public let edge: Edge?
        /// What hangs on it.
        public let branches: [Branch]
    }

    /// A watermark that a neighbour was found to have, and with which a node can count anew what is
    /// pending for it.
    public struct Recount: Sendable {
        /// The identity of the node that is to count.
        public let identity: String
        /// The number of its neighbour.
        public let neighbour: Int
        let seen: Watermark
    }

    /// By identity.
    public private(set) var members: [String: Member] = [:]
    /// Each once.
    public private(set) var edges: [Edge] = []
    /// The identities of those that were asked, in their order.
    public private(set) var asked: [String] = []

    /// From the answers of some nodes; one that was asked twice counts once. A copy beside its original
    /// stands alone: the edges are not its own.
    public init(_ answers: [Status]) {
        for status in answers {
            guard let known = members[status.node.identity]?.status else {
                asked.append(status.node.identity)
                add(status)
                continue
            }
            let copy = "\(status.node.identity) of \(status.node.label)"
            guard known.node.isOriginal != status.node.isOriginal, members[copy] == nil else {
                continue
            }
            asked.append(copy)
            meet(copy, status.node.number, status.node.name)
            members[copy]?.status = status
        }
    }

    /// What they said, each once.
    public var statuses: [Status] { asked.compactMap { members[$0]?.status } }

    /// Notes why a node of the tree gave no answer.
    public mutating func note(_ problem: String, of identity: String) {
        members[identity]?.problem = problem
    }

    private mutating func add(_ status: Status) {
        let this = status.node.identity
        var identities: [Int: String] = [:]
        for member in status.tree.members { identities[member.number] = member.identity }
        for edge in status.neighbours { identities[edge.number] = edge.identity }
        identities[status.node.number] = this
        meet(this, status.node.number, status.node.name)
        members[this]?.status = status
        for edge in status.neighbours {
            meet(edge.identity, edge.number, edge.name)
            if let service = edge.service { members[edge.identity]?.service = service }
            edges[place(of: [this, edge.identity])].views[this] = edge
        }
        for member in status.tree.members {
            meet(identities[member.number] ?? member.identity, member.number, member.name)
        }
        for edge in status.tree.edges {
            let ends = [edge.low, edge.high].map { number in
                let identity = identities[number] ?? "\(this) \(number)"
                meet(identity, number, "node \(number)")
                return identity
            }
            _ = place(of: ends)
        }
    }

    private mutating func meet(_ identity: String, _ number: Int, _ name: String) {
        guard members[identity] == nil else { return }
        members[identity] = Member(identity: identity, number: number, name: name)
    }

    private mutating func place(of ends: [String]) -> Int {
        let ends = ends.sorted()
        if let place = edges.firstIndex(where: { $0.ends == ends }) { return place }
        edges.append(Edge(ends: ends, views: [:]))
        return edges.count - 1
    }

    /// Takes what has been counted anew.
    public mutating func take(_ pending: Status.Pending, of recount: Recount) {
        guard var status = members[recount.identity]?.status,
            let index = status.neighbours.firstIndex(where: { $0.number == recount.neighbour })
        else { return }
        status.neighbours[index].pending = pending
        members[recount.identity]?.status = status
        let edge = status.neighbours[index]
        edges[place(of: [recount.identity, edge.identity])].views[recount.identity] = edge
    }

    /// What is to be counted anew, as the neighbour has come further than the node knows. Where it has
    /// not, or nothing is pending anyway, the count is confirmed by this.
    public mutating func recounts() -> [Recount] {
        var found: [Recount] = []
        for edge in edges {
            for (end, view) in edge.views {
                guard let there = edge.views[edge.other(end)] else { continue }
                let recount = Recount(
                    identity: end, neighbour: view.number, seen: there.received ?? .nothing)
                if let seen = there.received, seen != view.acknowledged, view.pending.rows > 0 {
                    found.append(recount)
                } else {
                    take(
                        Status.Pending(
                            rows: view.pending.rows, isAll: view.pending.isAll,
                            isConfirmed: true),
                        of: recount)
                }
            }
        }
        return found
    }

    /// The trees, drawn from those that were asked, in their order; what is on a tree that was drawn
    /// already is not drawn again.
    public var trees: [Branch] {
        var drawn: Set<String> = []
        func branch(_ identity: String, from edge: Edge?) -> Branch? {
            guard let member = members[identity], drawn.insert(identity).inserted else {
                return nil
            }
            let next = edges.filter { $0.ends.contains(identity) }
                .map { ($0, members[$0.other(identity)]?.number ?? 0) }
                .sorted { $0.1 < $1.1 }
            return Branch(
                member: member, edge: edge,
                branches: next.compactMap { edge, _ in branch(edge.other(identity), from: edge) })
        }
        return asked.compactMap { branch($0, from: nil) }
    }
}

extension Status {
    /// Counts what is pending for a neighbour that has come as far as it says itself.
    public static func count(
        _ recount: Survey.Recount, _ connection: Connection, upTo bound: Int
    ) throws -> Pending? {
        try connection.query(
            """
            select pending, is_all
            from replication.count_pending(\(recount.neighbour)::int,
                \(recount.seen.text)::pg_snapshot, \(bound)::bigint)
            """
        ).first.map { try Pending($0, isConfirmed: true) }
    }
}
