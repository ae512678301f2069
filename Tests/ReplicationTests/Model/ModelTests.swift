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
        .rename, .unraisedClock, .truncateForgetsEcho, .truncateSparesEcho,
    ])
    func checkerCatches(_ variant: Model.Variant) {
        let isCaught = Self.seeds(max(1_000, Self.histories)).contains { seed in
            var history = Model.History(seed: seed, variant: variant)
            return !history.run().isEmpty
        }
        #expect(
            isCaught, "no history from TROMPE_SEED=\(Self.firstSeed) on fails without this rule")
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
