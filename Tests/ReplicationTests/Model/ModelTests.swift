import Foundation
import Testing

@testable import ReplicationModel

/// The protocol in thousands of random histories, and without one rule at a time.
///
/// `TROMPE_HISTORIES` sets how many histories there are, `TROMPE_SEED` the first seed.
@Suite("Model") struct ModelTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let histories = environment["TROMPE_HISTORIES"].flatMap(Int.init) ?? 2_000
    private static let firstSeed = environment["TROMPE_SEED"].flatMap(UInt64.init) ?? 1

    /// The seeds of this run.
    private static func seeds(_ count: Int) -> [UInt64] {
        (0..<UInt64(count)).map { firstSeed &+ $0 }
    }

    @Test func protocolHoldsInEveryHistory() {
        for seed in Self.seeds(Self.histories) {
            var history = Model.History(seed: seed, variant: nil)
            if history.run().isEmpty { continue }
            var traced = Model.History(seed: seed, variant: nil, isTraced: true)
            let failures = traced.run()
            Issue.record(
                "TROMPE_SEED=\(seed): \(failures)\n\(traced.trace.joined(separator: "\n"))")
            return
        }
    }

    /// The rules without which random histories go wrong often enough to be seen in a few hundred.
    /// The others have a history of their own in `ModelCounterexampleTests`.
    @Test(arguments: [
        Model.Variant.echo, .cycle, .doneTooEarly, .lastXid, .unrecorded,
        .noSupersede, .supersedePendingOnly,
        .rename, .unraisedClock, .truncateForgetsEcho, .truncateSparesEcho, .staleFiles,
    ])
    func checkerCatches(_ variant: Model.Variant) {
        let isCaught = Self.seeds(max(1_000, Self.histories)).contains { seed in
            var history = Model.History(seed: seed, variant: variant)
            return !history.run().isEmpty
        }
        #expect(
            isCaught, "no history from TROMPE_SEED=\(Self.firstSeed) on fails without this rule")
    }

    /// Nodes die, and others take their place by what the logs name. (Where a TRUNCATE is in it, there are
    /// conflicts also without that between a change and what was made of it.)
    @Test func graftsHoldInEveryHistory() {
        for seed in Self.seeds(160) where seed % 4 > 0 {
            var history = Model.History(seed: seed, variant: nil, dies: true)
            let failures = history.run()
            guard history.world.merges == 0, !failures.isEmpty else { continue }
            Issue.record("TROMPE_SEED=\(seed): \(failures)")
        }
    }

    /// A history for each rule of grafts, found among random ones, that goes wrong without it.
    private static let graftsWithout: [(Model.Variant, UInt64)] = [
        (.graftSendsAll, 81), (.graftSendsOwn, 38), (.graftUnmet, 2_705), (.graftFromDead, 205),
        (.graftPurged, 1_378), (.graftUntold, 34_061),
    ]

    @Test(arguments: graftsWithout)
    func checkerCatchesWhatAGraftLeavesOut(_ variant: Model.Variant, seed: UInt64) {
        for left in [nil, variant] {
            var history = Model.History(seed: seed, variant: left, dies: true)
            let failures = history.run()
            // Where the logs do not do, all is compared.
            #expect((failures.isEmpty || history.world.merges > 0) == (left == nil))
        }
    }

    /// How often each rule is missed, for the record: only when TROMPE_CENSUS is set.
    @Test(.enabled(if: environment["TROMPE_CENSUS"] != nil), arguments: Model.Variant.allCases)
    func census(_ variant: Model.Variant) {
        var caught = 0
        var kinds: [String: Int] = [:]
        for seed in Self.seeds(Self.histories) {
            var history = Model.History(seed: seed, variant: variant)
            let failures = history.run()
            if !failures.isEmpty { caught += 1 }
            for kind in Set(failures.map(\.kind)) { kinds[kind, default: 0] += 1 }
        }
        print("\(variant.rawValue): caught in \(caught) of \(Self.histories) histories, \(kinds)")
    }
}
