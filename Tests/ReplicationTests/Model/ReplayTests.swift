import Foundation
import TestSupport
import Testing

@testable import ReplicationModel

/// What the model foretells is what real servers do: the histories that were worth keeping, and
/// walks at random where they are asked for.
///
/// `TROMPE_WALKS` sets how many walks, none unless it is set; `TROMPE_SEED` repeats them.
@Suite("Model replay", .serialized) struct ReplayTests {
    private static let walks =
        ProcessInfo.processInfo.environment["TROMPE_WALKS"].flatMap { Int($0) } ?? 0

    /// Going back in time needs servers of its own.
    private static let examples = Model.Example.all.filter { $0.setup.restored.isEmpty }

    @Test(arguments: examples.map(\.name))
    func exampleEndsAsForetold(_ name: String) throws {
        let example = try #require(Model.Example.all.first { $0.name == name })
        let differences = try replay(example.setup, example.steps)
        #expect(differences == [])
    }

    @Test(.enabled(if: walks > 0)) func randomWalksEndAsForetold() throws {
        let seed = SeededGenerator.seed()
        var random = SeededGenerator(seed: seed)
        let setups = Model.Setup.all.filter {
            $0.restored.isEmpty && !$0.purges && $0.skews == [0, 0, 0] && !$0.isFunction
        }
        for walk in 0..<Self.walks {
            guard let setup = setups.randomElement(using: &random) else { return }
            var world = setup.world()
            var spent = Model.Spent()
            var steps: [Model.Step] = []
            for _ in 0..<10 {
                guard let step = setup.steps(world, spent).randomElement(using: &random) else {
                    break
                }
                world.take(step)
                spent.count(step)
                steps.append(step)
            }
            let differences: [String]
            do {
                differences = try replay(setup, steps)
            } catch {
                differences = ["\(error)"]
            }
            #expect(
                differences == [],
                "TROMPE_SEED=\(seed), walk \(walk), \(setup.name):\n\(steps.map { "\($0)" }.joined(separator: "\n"))"
            )
        }
    }

    private func replay(_ setup: Model.Setup, _ steps: [Model.Step]) throws -> [String] {
        var replay = try Replay(setup)
        defer { try? replay.remove() }
        for step in steps { try replay.take(step) }
        try replay.settle()
        return try replay.differences()
    }
}
