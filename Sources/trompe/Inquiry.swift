import Foundation
import Postgres
import Replication
import Synchronization

/// Asks several databases at once, and, where that is wanted, all that can be reached from them.
struct Inquiry {
    /// What one database said, or why it said nothing.
    struct Answer: Sendable {
        /// As messages call the database; never with a password.
        let label: String
        /// How it was reached.
        let database: String
        /// Whether the user named it; the others are neighbours of such.
        let isGiven: Bool
        let outcome: Result<Replication.Status, Failure>
        /// What only machines want, if it was asked for.
        let figures: Figures?

        /// What it said.
        var status: Replication.Status? {
            if case .success(let status) = outcome { status } else { nil }
        }
    }

    /// Sessions at one time. Those that cannot be reached take their time to say so.
    private static let atOnce = 16

    /// Those that were named, in their order, and then their neighbours.
    private(set) var answers: [Answer] = []
    /// All of it together.
    private(set) var survey = Survey([])
    private let wantsFigures: Bool
    /// No more is counted of what is pending. What asks every few minutes has less time than a person.
    private var bound: Int { wantsFigures ? 100_000 : 1_000_000 }

    /// Asks.
    ///
    /// - Parameters:
    ///   - databases: as the user named them.
    ///   - all: also the neighbours that are known by a service name, and theirs.
    ///   - figures: also the numbers for machines.
    init(_ databases: [String], all: Bool, figures: Bool = false) {
        wantsFigures = figures
        answers = ask(databases, isGiven: true)
        let problems = all ? askNeighbours() : [:]
        survey = Survey(answers.compactMap(\.status))
        for (identity, problem) in problems { survey.note(problem, of: identity) }
        countAnew()
    }

    /// The worst exit status of those that the user named and that gave no answer.
    var worstStatus: Int32? { failures.map(\.status).min() }

    /// Why those that the user named gave no answer.
    var failures: [Failure] {
        answers.filter(\.isGiven).compactMap { answer in
            if case .failure(let failure) = answer.outcome { failure } else { nil }
        }
    }

    /// What they said, with what was counted anew; of a node that was asked twice, twice.
    var statuses: [Replication.Status] {
        answers.compactMap(\.status).map { status in
            guard let known = survey.members[status.node.identity]?.status,
                known.node == status.node
            else { return status }
            return known
        }
    }

    private func ask(_ databases: [String], isGiven: Bool) -> [Answer] {
        let (wantsFigures, bound) = (wantsFigures, bound)
        return Self.inParallel(databases) { database in
            var label = Service.name(database) ?? "unknown database"
            do {
                let connection = try Connection(database)
                label = connection.label
                let (status, figures) = try connection.looking {
                    (
                        try Replication.Status(connection, countingUpTo: bound),
                        wantsFigures ? try Figures(connection) : nil
                    )
                }
                return Answer(
                    label: label, database: database, isGiven: isGiven, outcome: .success(status),
                    figures: figures)
            } catch {
                if let error = error as? PostgresError { label = error.database }
                return Answer(
                    label: label, database: database, isGiven: isGiven,
                    outcome: .failure(Failure(of: error)), figures: nil)
            }
        }
    }

    /// Goes from neighbour to neighbour. Returns why some gave no answer, by their identities.
    private mutating func askNeighbours() -> [String: String] {
        var problems: [String: String] = [:]
        var wanted: Set<String> = []
        while true {
            let known = Set(answers.compactMap { $0.status?.node.identity })
            var next: [(identity: String, service: String)] = []
            for edge in answers.compactMap(\.status).flatMap(\.neighbours) {
                // Names alone: a conninfo string in its place could lead elsewhere, with this user's
                // password.
                guard !known.contains(edge.identity), !wanted.contains(edge.identity),
                    let service = edge.service.flatMap(Service.name)
                else { continue }
                wanted.insert(edge.identity)
                next.append((edge.identity, service))
            }
            if next.isEmpty { return problems }
            let found = ask(next.map(\.service), isGiven: false)
            for (place, answer) in zip(next, found) {
                switch answer.outcome {
                case .success(let status) where status.node.identity == place.identity:
                    answers.append(answer)
                case .success(let status):
                    problems[place.identity] =
                        "the service \(answer.database) leads to another node, \(status.node.name)"
                case .failure(let failure):
                    problems[place.identity] = failure.firstLine
                    answers.append(answer)
                }
            }
        }
    }

    /// What a node takes for pending may have arrived: its neighbour, if it was asked, knows. Where the
    /// node cannot be asked again, its own word stands.
    private mutating func countAnew() {
        let recounts = survey.recounts().compactMap { recount in
            answers.first { $0.status?.node.identity == recount.identity }.map {
                (recount: recount, database: $0.database)
            }
        }
        let bound = bound
        let counts = Self.inParallel(recounts) { item -> Replication.Status.Pending? in
            do {
                return try Replication.Status.count(
                    item.recount, Connection(item.database), upTo: bound)
            } catch {
                return nil
            }
        }
        for (item, pending) in zip(recounts, counts) {
            if let pending { survey.take(pending, of: item.recount) }
        }
    }

    /// Each on a thread of its own, some at once; the results in the order of the items.
    private static func inParallel<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ body: @escaping @Sendable (Item) -> Result
    ) -> [Result] {
        let rest = Mutex(Array(items.enumerated())[...])
        let results = Mutex<[Int: Result]>([:])
        let queue = DispatchQueue(label: "databases", attributes: .concurrent)
        let group = DispatchGroup()
        for _ in 0..<min(atOnce, items.count) {
            queue.async(group: group) {
                while let (place, item) = rest.withLock({ $0.popFirst() }) {
                    let result = body(item)
                    results.withLock { $0[place] = result }
                }
            }
        }
        group.wait()
        return results.withLock { found in items.indices.compactMap { found[$0] } }
    }
}

extension Failure {
    /// What happened, without what to do about it.
    var firstLine: String { text.split(separator: "\n").first.map(String.init) ?? text }
}
