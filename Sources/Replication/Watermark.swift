import Postgres

/// A PostgreSQL snapshot as a place in a log: which transactions' entries are below it.
///
/// Pending is decided by visibility in a snapshot, never by an order of numbers or times: a
/// transaction that took its number early and committed late is still pending, and never skipped.
public struct Watermark: Sendable, Hashable {
    /// As PostgreSQL writes it: `xmin:xmax:running,running`.
    public let text: String
    /// All transactions below are visible.
    let oldest: Int64
    /// No transaction from here on is visible.
    let next: Int64
    /// Those between that were still running.
    let running: [Int64]

    /// Below every entry: nothing is visible in it.
    static let nothing = Watermark(text: "1:1:", oldest: 1, next: 1, running: [])

    private init(text: String, oldest: Int64, next: Int64, running: [Int64]) {
        self.text = text
        self.oldest = oldest
        self.next = next
        self.running = running
    }

    /// Reads PostgreSQL's text of a `pg_snapshot`; nil where it is none.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let oldest = Int64(parts[0]), let next = Int64(parts[1]) else {
            return nil
        }
        let running = parts[2].split(separator: ",").map { Int64($0) }
        guard !running.contains(nil) else { return nil }
        self.init(text: text, oldest: oldest, next: next, running: running.compactMap { $0 })
    }

    /// Whether it shows all that another snapshot of the same node shows.
    func covers(_ other: Watermark) -> Bool {
        next >= other.next
            && !running.contains { $0 < other.next && !other.running.contains($0) }
    }

    /// The condition that an entry of a log is not visible in the watermark. `alias` names the log;
    /// the lower bound stands alone so that a BRIN index can serve it.
    func unseen(_ alias: String) -> SQL {
        let list = running.map(String.init).joined(separator: ",")
        return """
            \(raw: alias).xid >= \(raw: String(oldest)) \
            and (\(raw: alias).xid >= \(raw: String(next)) \
            or \(raw: alias).xid = any ('{\(raw: list)}'::bigint[]))
            """
    }
}
