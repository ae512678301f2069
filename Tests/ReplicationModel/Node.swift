extension Model {
    /// A user's transaction that has its xid, and perhaps writes, but has not committed.
    struct Transaction {
        struct Write {
            let key: Int
            let content: Int?
            let version: Version
        }

        let xid: Int
        var writes: [Write] = []
    }

    /// The marks by which a node that went back in time is noticed.
    struct Offered {
        var seen: Int?
        var offered: Int
    }

    /// One database: a table of a few keys, its log, and what it knows of its neighbours.
    struct Node {
        let number: Int
        /// How far this node's clock is off, in steps of the world's time.
        let skew: Int
        var rows: [Cell]
        var log: [Entry] = []
        var truncates: [Truncate] = []
        /// Up to where this node has applied each neighbour's log.
        var received: [Int: Snapshot] = [:]
        /// What this node has shown each neighbour in files, and last in a direction without one.
        var filed: [Int: [Snapshot]] = [:]
        var synced: [Int: Snapshot] = [:]
        /// From where the first direction back to a new neighbour begins, until that has committed.
        var wayBack: [Int: Snapshot] = [:]
        /// The changes that lost a conflict here.
        var recorded: Set<Int> = []
        /// What could not be applied here, by neighbour and key: it is asked for again.
        private(set) var quarantine: [Int: [Int: Version]] = [:]
        /// A content that a constraint of this node alone does not allow.
        var refused: Int?
        /// As a source, by neighbour: the mark last seen there and the one last offered.
        var offers: [Int: Offered] = [:]
        /// As a target, by neighbour: the mark that came with the watermark.
        var marks: [Int: Int] = [:]
        var open: [Transaction] = []
        /// The transactions of directions into this node that have begun.
        var directions: [Int] = []
        /// What this node knew of each neighbour when it last took something over from it.
        var levels: [Level] = []
        /// As a source, by neighbour: what it is known to have applied of this node's log.
        var acknowledged: [Int: Snapshot] = [:]
        /// Versions that this node has seen, and that its log does not hold any more.
        var met: Set<Met> = []
        /// What all neighbours had, each time this was looked at; and what was purged at the most.
        var horizons: [Snapshot] = []
        var purgedTo: Snapshot?
        private(set) var nextXid = 1
        private var offset = 0

        init(number: Int, skew: Int, rows: [Cell]) {
            self.number = number
            self.skew = skew
            self.rows = rows
        }

        /// Takes the next xid. Its transaction is in progress for as long as it is in `open` or
        /// `directions`.
        mutating func takeXid() -> Int {
            nextXid += 1
            return nextXid - 1
        }

        /// What has committed at this moment.
        func snapshot(_ variant: Variant?) -> Snapshot {
            if variant == .lastXid {
                let last = max(log.map(\.xid).max() ?? 0, truncates.map(\.xid).max() ?? 0)
                return Snapshot(xmax: last + 1, inProgress: [])
            }
            return Snapshot(xmax: nextXid, inProgress: open.map(\.xid) + directions)
        }

        /// Notes that a key of a neighbour's could not be applied, under the newest name it had.
        mutating func hold(_ key: Int, _ version: Version, from neighbour: Int) {
            let known = quarantine[neighbour]?[key] ?? version
            quarantine[neighbour, default: [:]][key] = max(known, version)
        }

        /// Notes that nothing of a neighbour's waits for this key any more.
        mutating func release(_ key: Int, from neighbour: Int) {
            quarantine[neighbour]?[key] = nil
            if quarantine[neighbour]?.isEmpty == true { quarantine[neighbour] = nil }
        }

        /// Forgets how far a neighbour has come: the next direction is the first of a new edge.
        mutating func forget(_ neighbour: Int) {
            received[neighbour] = nil
            wayBack[neighbour] = nil
            offers[neighbour] = nil
            marks[neighbour] = nil
            quarantine[neighbour] = nil
            acknowledged[neighbour] = nil
            filed[neighbour] = nil
            synced[neighbour] = nil
        }

        func now(_ time: Int) -> Version {
            Version(changedAt: time + skew + offset, origin: number)
        }

        /// Makes whatever is done from now on strictly later than `version`.
        mutating func raiseClock(over version: Version, time: Int) {
            guard version.changedAt != Version.unlogged else { return }
            offset = max(offset, version.changedAt + 1 - time - skew)
        }

        mutating func write(_ key: Int, _ content: Int?, in xid: Int, time: Int) {
            guard let index = open.firstIndex(where: { $0.xid == xid }) else { return }
            let write = Transaction.Write(key: key, content: content, version: now(time))
            open[index].writes.append(write)
        }

        /// A transaction that a restored node does not know of any more.
        mutating func abort(_ xid: Int) {
            open.removeAll { $0.xid == xid }
        }

        /// Commits a user's transaction: rows and log entries become visible together.
        mutating func commit(_ xid: Int, truth: inout Truth) {
            guard let index = open.firstIndex(where: { $0.xid == xid }) else { return }
            for write in open.remove(at: index).writes {
                if write.content == nil && rows[write.key].content == nil { continue }
                let change = truth.note(
                    key: write.key, version: write.version,
                    overwrote: rows[write.key].standing)
                rows[write.key] = Cell(content: write.content, standing: [change])
                log.append(
                    Entry(xid: xid, key: write.key, version: write.version, via: .here))
            }
        }

        /// Waits for whoever has written one of `keys`, as a row lock makes one wait.
        mutating func waitForWriters(of keys: [Int], except xid: Int = 0, truth: inout Truth) {
            if open.isEmpty { return }
            for transaction in open where transaction.xid != xid {
                if transaction.writes.contains(where: { keys.contains($0.key) }) {
                    commit(transaction.xid, truth: &truth)
                }
            }
        }

        /// A user's TRUNCATE and the commit of its transaction, which holds everybody else off.
        mutating func truncate(in xid: Int, then writes: [Int], time: Int, truth: inout Truth) {
            waitForWriters(of: Array(rows.indices), truth: &truth)
            if !open.contains(where: { $0.xid == xid }) { return }
            let version = now(time)
            for key in rows.indices where rows[key].content != nil {
                let change = truth.note(
                    key: key, version: version, overwrote: rows[key].standing)
                rows[key] = Cell(content: nil, standing: [change])
            }
            truncates.append(Truncate(xid: xid, version: version, via: .here))
            for key in writes { write(key, key % 3, in: xid, time: time + 1) }
            commit(xid, truth: &truth)
        }

        /// The newest log entry of a key, whoever it is for.
        func newestEntry(of key: Int) -> Entry? {
            log.lazy.filter { $0.key == key }.max { $0.version < $1.version }
        }

        /// Forgets what every one of `watermarks` sees.
        mutating func purge(seenBy watermarks: [Snapshot]) {
            log.removeAll { entry in watermarks.allSatisfy { $0.sees(entry.xid) } }
            truncates.removeAll { event in watermarks.allSatisfy { $0.sees(event.xid) } }
        }
    }
}
