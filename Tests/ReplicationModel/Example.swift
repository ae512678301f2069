extension Model {
    /// A history that goes wrong without one rule of the protocol, as the explorer found it, or that
    /// is worth being run on real servers for what happens in it.
    struct Example {
        let name: String
        let setup: Setup
        let steps: [Step]
        /// The protocol that it does not forgive.
        var variant: Variant?

        init(_ name: String, _ setup: String, without variant: Variant? = nil, _ steps: [Step]) {
            self.name = name
            self.setup = Setup.named(setup)
            self.variant = variant
            self.steps = steps
        }

        /// What is wrong when all has come to rest afterwards.
        func failures(without variant: Variant?) -> Set<Failure> {
            var setup = setup
            setup.variant = variant
            var world = setup.world()
            for step in steps { world.take(step) }
            var judge = Judge(setup)
            return judge.failures(world, Fingerprint(world))
        }
    }
}

extension Model.Step {
    /// A user's change of one row, committed at once.
    static func put(_ node: Int, _ key: Int, _ content: Int?) -> Model.Step {
        .write(node: node, [key: content])
    }

    /// One direction.
    static func go(_ from: Int, _ to: Int) -> Model.Step { .move(from: from, to: to) }
}

extension Model.Example {
    static let all: [Model.Example] = [
        Model.Example(
            "a late commit is not skipped", "late commit", without: .lastXid,
            [.begin(node: 1, key: 0, content: 1), .put(1, 1, 2), .go(1, 2), .commit(node: 1)]),
        Model.Example(
            "a late commit meets a later change", "late commit",
            [
                .begin(node: 1, key: 0, content: 1), .put(2, 0, 2), .go(2, 3), .go(1, 2),
                .commit(node: 1), .put(3, 0, nil), .go(1, 2),
            ]),
        Model.Example(
            "an older winner and one-way syncs", "priority",
            [
                .put(3, 0, 1), .put(2, 0, 2), .go(2, 1), .go(3, 2), .put(1, 0, nil), .go(2, 1),
                .go(2, 1),
            ]),
        Model.Example(
            "an agent dies after the offer", "agents die", without: .offerAfterCommit,
            [.put(1, 0, 1), .die(from: 1, to: 2), .put(2, 0, nil), .go(2, 1)]),
        Model.Example(
            "a deleted parent gets a child", "foreign key", without: .orphans,
            [.put(1, 1, 1), .put(2, 0, nil), .go(2, 3)]),
        Model.Example(
            "a parent that came back is deleted again", "foreign key, priority",
            [
                .put(1, 1, 1), .put(2, 0, nil), .go(1, 2), .put(1, 1, nil), .put(3, 0, 2),
                .put(1, 0, nil),
            ]),
        Model.Example(
            "a way back is contested", "check", without: .notBlind,
            [.put(1, 0, 1), .go(1, 2), .put(2, 0, 2), .go(2, 1)]),
        Model.Example(
            "what waits is asked for again", "check", without: .quarantineForgotten,
            [.put(2, 0, 2), .put(1, 0, 1), .go(1, 2)]),
        Model.Example(
            "a way back is not contested by what came that way", "check, priority 3 1",
            without: .blindToOwn,
            [
                .put(1, 0, 1), .go(1, 2), .put(3, 0, 2), .go(3, 2), .go(2, 1), .put(2, 0, nil),
                .go(2, 1),
            ]),
        Model.Example(
            "what came from there is not asked for again", "check, priority 3 1",
            without: .askedInVain,
            [
                .put(1, 0, 1), .go(1, 2), .put(3, 0, 2), .go(3, 2), .go(2, 1), .put(2, 0, nil),
                .go(1, 2),
            ]),
        Model.Example(
            "a first direction that cannot be applied", "check, new edge",
            without: .firstHeldUntold, [.go(3, 2)]),
        Model.Example(
            "a row without a name contests", "check, new edge", without: .blindToUnlogged,
            [.go(3, 2)]),
        Model.Example(
            "a claim is refused where a third row lost", "unique, priority",
            without: .deniedUntold,
            [.put(1, 0, 2), .put(2, 0, 4), .put(3, 1, 2), .go(3, 2)]),
        Model.Example(
            "a value is claimed three times", "unique",
            [.put(1, 0, 2), .put(2, 1, 2), .put(3, 0, 2)]),
        Model.Example(
            "values move while they are claimed", "unique, moving",
            [.put(1, 0, nil), .go(1, 2), .put(1, 0, 6), .put(2, 1, 6)]),
        Model.Example(
            "a loser that is referred to waits", "unique and foreign key",
            [.put(1, 0, 2), .put(1, 2, 3), .put(3, 1, 2), .go(1, 2), .go(3, 2)]),
        Model.Example(
            "a restored node is noticed", "restore", without: .restoreUnnoticed,
            [.backUp(node: 1), .put(1, 0, 1), .go(1, 2), .restore(node: 1)]),
    ]
}
