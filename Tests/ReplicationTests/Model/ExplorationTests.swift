import Foundation
import Testing

@testable import ReplicationModel

/// Three nodes and two or three keys, and everything that can happen to them in a few steps: user
/// transactions, late commits, single directions, agents that die, restores, purges. From every
/// state reached all comes to rest, and is judged.
///
/// `TROMPE_DEPTH` sets to how many steps; `TROMPE_EXPLORE` picks the setups whose name contains it.
@Suite("Model exploration") struct ExplorationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let depth = environment["TROMPE_DEPTH"].flatMap(Int.init) ?? 4
    private static let setups = Model.Setup.all.filter {
        $0.name.contains(environment["TROMPE_EXPLORE"] ?? $0.name)
    }

    @Test(arguments: setups.map(\.name))
    func everyHistoryComesToAGoodEnd(_ name: String) {
        var explorer = Model.Explorer(Model.Setup.named(name))
        let clock = ContinuousClock()
        let time = clock.measure { explorer.run(depth: Self.depth) }
        if Self.environment["TROMPE_DEPTH"] != nil {
            print(
                "\(name): \(explorer.depth) steps, \(explorer.states) states, "
                    + "\(explorer.transitions) transitions, \(Int(explorer.histories)) histories, "
                    + "\(time)")
        }
        #expect(explorer.states > 100)
        guard let found = explorer.counterexample else { return }
        let steps = found.steps.map { "\($0)" }.joined(separator: "\n")
        Issue.record("\(name): \(found.failures) after\n\(steps)")
    }

    /// The rules without which the explorer finds a bad end within so many steps.
    @Test(
        arguments: [
            (Model.Variant.lastXid, "late commit", 4), (.unrecorded, "chain 1-2-3", 3),
            (.echo, "chain 1-2-3", 3), (.supersedePendingOnly, "priority", 5),
            (.unraisedClock, "clock ahead", 4), (.offerAfterCommit, "agents die", 3),
            (.restoreUnnoticed, "restore", 4), (.orphans, "foreign key", 3),
            (.notBlind, "check", 4), (.quarantineForgotten, "check", 3),
            (.blindToUnlogged, "check, new edge", 3), (.firstHeldUntold, "check, new edge", 3),
            (.deniedUntold, "unique, priority", 5),
        ] as [(Model.Variant, String, Int)])
    func explorerCatches(_ variant: Model.Variant, _ name: String, _ depth: Int) {
        var setup = Model.Setup.named(name)
        setup.variant = variant
        var explorer = Model.Explorer(setup)
        explorer.run(depth: depth)
        #expect(explorer.counterexample != nil)
    }

    /// The histories that were worth keeping: without their rule they go wrong, with it they do not.
    @Test(arguments: Model.Example.all.map(\.name))
    func exampleNeedsItsRule(_ name: String) throws {
        let example = try #require(Model.Example.all.first { $0.name == name })
        #expect(example.failures(without: nil) == [])
        if let variant = example.variant {
            #expect(!example.failures(without: variant).isEmpty)
        }
    }
}
