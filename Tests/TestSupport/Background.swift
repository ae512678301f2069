import Foundation
import Postgres
import Replication

/// A sync that runs on a thread of its own, so that a test can come between its steps.
public final class BackgroundSync: @unchecked Sendable {
    private let lock = NSLock()
    private let finished = DispatchSemaphore(value: 0)
    private var result: Result<Edge.Report, any Error>?

    /// Starts it between two databases, with sessions of its own.
    public init(_ a: TestNode, _ b: TestNode, _ options: SyncOptions = SyncOptions()) {
        let ends = (a.conninfo, b.conninfo)
        Thread.detachNewThread { [self] in
            let outcome = Result {
                try Edge(try Connection(ends.0), try Connection(ends.1)).sync(options.ofThisRun)
            }
            lock.withLock { result = outcome }
            finished.signal()
        }
    }

    /// Waits until it has ended, and returns what it did.
    public func wait() throws -> Edge.Report {
        finished.wait()
        finished.signal()
        return try lock.withLock { try result.map { try $0.get() } ?? Edge.Report.none() }
    }
}

extension Edge.Report {
    struct Missing: Error {}

    fileprivate static func none() throws -> Edge.Report { throw Missing() }
}

extension TestNode {
    /// A test that waited for something that did not come.
    public struct NeverHappened: Error {
        /// What it was.
        public let what: String
    }

    /// Waits until a session of an agent waits for a lock here, and returns its backend's number.
    public func waitForBlockedAgent() throws -> Int { try waitForBlocked("trompe") }

    /// The same of any session with that application name.
    public func waitForBlocked(_ application: String) throws -> Int {
        let session = try Connection(conninfo)
        for _ in 0..<400 {
            let rows = try session.query(
                """
                select l.pid
                from pg_locks as l
                    join pg_stat_activity as s on s.pid = l.pid
                where not l.granted
                    and s.datname = current_database()
                    and s.application_name = \(application)
                limit 1
                """)
            if let row = rows.first { return try row.int("pid") }
            Thread.sleep(forTimeInterval: 0.025)
        }
        throw NeverHappened(
            what: "no session of \(application) came to wait for a lock on node \(letter)")
    }

    /// A session as users have them.
    public func session() throws -> Connection {
        let session = try Connection(conninfo, label: letter)
        try session.script("reset all; set application_name = 'user'")
        return session
    }
}

/// Something that runs on a thread of its own, and its outcome.
public final class ThreadResult: @unchecked Sendable {
    private let finished = DispatchSemaphore(value: 0)
    private var result: Result<String, any Error> = .success("")

    /// Nothing runs yet.
    public init() {}

    /// Starts it.
    public func run(_ body: @escaping @Sendable () throws -> String) {
        Thread.detachNewThread { [self] in
            result = Result { try body() }
            finished.signal()
        }
    }

    /// Waits for its end.
    public func wait() throws -> String {
        finished.wait()
        return try result.get()
    }
}
