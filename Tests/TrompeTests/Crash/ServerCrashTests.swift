import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// A server is killed and started again in the middle of a sync, as a source and as a target.
@Suite struct ServerCrashTests {
    /// Where a server is killed, by the statement under way.
    struct Moment: Sendable {
        let name: String
        let kind: Proxy.Passage.Kind
        let isFromServer: Bool
        let statement: String
        /// Whether what was about to pass still does, while the server goes down.
        var isUnderWay = false

        func isHere(_ passage: Proxy.Passage) -> Bool {
            passage.kind == kind && passage.isFromServer == isFromServer
                && passage.statement.hasPrefix(statement)
        }
    }

    /// Both directions have each of them: the first one that comes is meant.
    static let moments = [
        Moment(name: "staging", kind: .row, isFromServer: false, statement: "copy"),
        Moment(name: "sending", kind: .row, isFromServer: true, statement: "copy"),
        Moment(name: "applying", kind: .statement, isFromServer: false, statement: "with"),
        Moment(
            name: "before the commit", kind: .statement, isFromServer: false, statement: "commit"),
        Moment(
            name: "with the commit", kind: .statement, isFromServer: false, statement: "commit",
            isUnderWay: true),
        Moment(name: "after the commit", kind: .answer, isFromServer: true, statement: "commit"),
    ]

    @Test func aServerCanCrashAnywhere() throws {
        // Servers of their own release at each end.
        let environment = ProcessInfo.processInfo.environment
        let clusters = [
            try ThrowawayCluster(settings: ["max_wal_size": "128MB"]),
            try ThrowawayCluster(
                bin: environment["TROMPE_PG_BINDIR_B"], settings: ["max_wal_size": "128MB"]),
        ]
        let pair = try CrashPair(servers: clusters)
        defer { pair.remove() }
        for (side, cluster) in clusters.enumerated() {
            for moment in Self.moments {
                try pair.change()
                let isMet = Mutex(false)
                let crash = ThreadResult()
                let run = try KilledRun.under(pair.through(), pair.proxies) { proxy, passage in
                    guard proxy == side, moment.isHere(passage) else { return .pass }
                    let isFirst = isMet.withLock { met in
                        defer { met = true }
                        return !met
                    }
                    guard isFirst else { return .pass }
                    if moment.isUnderWay {
                        crash.run {
                            try cluster.stop(immediate: true)
                            return ""
                        }
                        return .pass
                    }
                    do { try cluster.stop(immediate: true) } catch { Issue.record(error) }
                    return .cut
                }
                let when = "\(moment.name) at \(side)"
                #expect(isMet.withLock { $0 }, "\(when)")
                if moment.isUnderWay { _ = try crash.wait() }
                if !moment.isUnderWay || run.status != 0 {
                    #expect(run.status == 75, "\(when): \(run.said)")
                    #expect(run.said.contains("\nhint: "), "\(when): \(run.said)")
                }
                try cluster.start()
                try pair.connect()
                try pair.expectRecovery(when)
            }
        }
    }
}
