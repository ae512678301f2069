import Foundation
import Testing

@Suite("Model") struct ModelTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let histories = environment["TROMPE_HISTORIES"].flatMap(Int.init) ?? 2_000

    @Test func one() {
        guard let seed = Self.environment["TROMPE_SEED"].flatMap(UInt64.init) else { return }
        var history = Model.History(
            seed: seed, variant: Self.environment["VARIANT"].flatMap(Model.Variant.init(rawValue:)),
            isTraced: true)
        print(history.world.policy, history.world.edges)
        let failures = history.run()
        print(history.trace.joined(separator: "\n"))
        print(failures, history.world.edges)
        for (n, c) in history.world.truth.changes.enumerated() { print(n, c) }
        for n in history.world.nodes { print(n.number, n.rows, n.recorded, n.log) }
    }

    @Test func explore() {
        if Self.environment["TROMPE_SEED"] != nil { return }
        let clock = ContinuousClock()
        let only = Self.environment["VARIANT"]
        for variant in [nil] + Model.Variant.allCases.map(Optional.some) {
            if let only, only != (variant?.rawValue ?? "none") { continue }
            var counts: [String: Int] = [:]
            var firsts: [String: (Int, UInt64)] = [:]
            var bad = 0
            let duration = clock.measure {
                for seed in 1...UInt64(Self.histories) {
                    var history = Model.History(seed: seed, variant: variant, isTraced: true)
                    let failures = history.run()
                    if !failures.isEmpty { bad += 1 }
                    for name in Set(failures.map { "\($0)".prefix { $0 != "(" } }) {
                        counts[String(name), default: 0] += 1
                        if history.trace.count < firsts[String(name)]?.0 ?? 1000 {
                            firsts[String(name)] = (history.trace.count, seed)
                        }
                    }
                }
            }
            print(variant?.rawValue ?? "none", bad, counts, firsts, duration)
        }
    }
}
