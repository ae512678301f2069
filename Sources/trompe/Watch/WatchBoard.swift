import Replication
import Synchronization

/// What the edges of a watch are doing right now, as the thread that ends the program, and systemd,
/// want to know.
final class WatchBoard: Sendable {
    /// What an edge does.
    private enum Activity: Sendable {
        /// It waits for its next sync, or to reach the databases: it can be left alone at any time.
        case idle
        /// A sync is under way.
        case syncing(since: ContinuousClock.Instant, progress: Progress?)
    }

    private struct Edge {
        let number: Int
        var activity = Activity.idle
        var trouble: String?
    }

    private struct State {
        var edges: [String: Edge] = [:]
        /// How many were ever added.
        var count = 0
        /// How many of the places for syncs at once are taken.
        var taken = 0
    }

    private let state = Mutex(State())
    /// How many edges may be synced at once; nil: all.
    private let places: Int?

    init(places: Int?) { self.places = places }

    /// An edge is there from now on.
    ///
    /// - Returns: a number that no other has, or had under the same name; nil where it is there already.
    func add(_ edge: String) -> Int? {
        state.withLock { state in
            guard state.edges[edge] == nil else { return nil }
            state.count += 1
            state.edges[edge] = Edge(number: state.count)
            return state.count
        }
    }

    /// It is watched no more.
    func remove(_ edge: String) {
        state.withLock { $0.edges[edge] = nil }
    }

    /// Whether it is still to be watched.
    func has(_ edge: String, _ number: Int) -> Bool {
        state.withLock { $0.edges[edge]?.number == number }
    }

    /// All that are watched.
    var edges: Set<String> { state.withLock { Set($0.edges.keys) } }

    /// Waits for one of the places; false where a signal came before.
    func takePlace() -> Bool {
        while Interruption.number == nil {
            let isMine = state.withLock { state in
                guard places.map({ state.taken < $0 }) ?? true else { return false }
                state.taken += 1
                return true
            }
            if isMine { return true }
            Interruption.sleep(seconds: 0.1)
        }
        return false
    }

    /// Gives it back.
    func leavePlace() { state.withLock { $0.taken -= 1 } }

    /// Begins a sync, unless the program is to end: then nobody would wait for it.
    func begin(_ edge: String) -> Bool {
        state.withLock { state in
            guard Interruption.number == nil else { return false }
            state.edges[edge]?.activity = .syncing(since: .now, progress: nil)
            return true
        }
    }

    /// How far it has come.
    func note(_ edge: String, _ progress: Progress) {
        state.withLock { state in
            guard case .syncing(let since, _) = state.edges[edge]?.activity else { return }
            state.edges[edge]?.activity = .syncing(since: since, progress: progress)
        }
    }

    /// The sync is over, or never began.
    func end(_ edge: String, trouble: String?) {
        state.withLock { state in
            state.edges[edge]?.activity = .idle
            state.edges[edge]?.trouble = trouble
        }
    }

    /// A line for each sync that is under way.
    var underWay: [String] {
        state.withLock { $0.edges }.sorted { $0.key < $1.key }.compactMap { name, edge in
            guard case .syncing(let since, let progress) = edge.activity else { return nil }
            let seconds = Int((ContinuousClock.now - since).components.seconds)
            let words = progress.map { " (\(SyncOutput.words($0)))" } ?? ""
            return "\(name), under way for \(seconds) s\(words)"
        }
    }

    /// All edges in a line.
    var summary: String {
        let edges = state.withLock { $0.edges }
        let troubled = edges.filter { $0.value.trouble != nil }.sorted { $0.key < $1.key }
        guard let first = troubled.first, let trouble = first.value.trouble else {
            return "\(SyncOutput.counted(edges.count, "edge")), all well"
        }
        return "\(SyncOutput.counted(edges.count, "edge")), \(troubled.count) in trouble; "
            + "\(first.key): \(LogLine.oneLine(trouble))"
    }
}
