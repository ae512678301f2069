import Postgres
import Replication

extension SyncOptions {
    /// Everything is staged before its direction begins, and every row is a piece of its own.
    public static var bitByBit: SyncOptions {
        var options = SyncOptions()
        options.stagingBytes = 0
        options.pieceBytes = 0
        return options
    }
}

extension TestTree {
    /// Syncs one edge with sessions of its own, bit by bit unless told otherwise, and ends the
    /// target's session after so many pieces of the first direction, or statements that change the
    /// schema.
    public func cutSync(
        _ pair: (Int, Int), after pieces: Int, _ options: SyncOptions = .bitByBit
    ) throws {
        let source = try Connection(self[pair.0].conninfo, label: self[pair.0].letter)
        let target = try Connection(self[pair.1].conninfo, label: self[pair.1].letter)
        defer {
            source.close()
            target.close()
        }
        let executioner = self[pair.1].connection
        let pid = target.backendPID
        var seen = 0
        _ = try Edge(source, target).sync(options) { progress in
            switch progress {
            case .staging, .changingSchema: seen += 1
            case .goingOn, .comparing, .comparingObjects, .sendingObjects, .applying: return
            }
            if seen == pieces {
                _ = try? executioner.query("select pg_terminate_backend(\(pid)::int, 10000)")
            }
        }
    }
}
