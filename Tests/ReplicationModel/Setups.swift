extension Model.Setup {
    /// Two keys of one table that has a unique column, none of them there.
    private static let unique = Model.Constraints(unique: [0, 1])
    /// The second key's row refers to the first's.
    private static let reference = Model.Constraints(references: [1: 0])
    /// Two rows of one table that has a unique column, and a child of the first.
    private static let both = Model.Constraints(references: [2: 0], unique: [0, 1])
    private static let chain213 = [Model.Edge(a: 2, b: 1), Model.Edge(a: 1, b: 3)]
    private static let chain132 = [Model.Edge(a: 1, b: 3), Model.Edge(a: 3, b: 2)]

    /// Two keys without constraints: labellings of the tree, policies, clocks, late commits, agents
    /// that die, new edges, purges.
    static let plain: [Model.Setup] = [
        Model.Setup("chain 1-2-3"),
        Model.Setup("priority") { $0.policy = .priority([3, 1]) },
        Model.Setup("chain 2-1-3") {
            $0.edges = chain213; $0.policy = .priority([2, 3])
        },
        Model.Setup("chain 1-3-2") {
            $0.edges = chain132; $0.policy = .priority([2, 1])
        },
        Model.Setup("function") { $0.policy = .function },
        Model.Setup("late commit") { $0.late = 1 },
        Model.Setup("clock ahead") { $0.skews = [1_000, 0, 0] },
        Model.Setup("clock ahead, late commit") {
            $0.skews = [0, 1_000, 0]
            $0.contents = [0]
            $0.late = 1
        },
        Model.Setup("agents die") {
            $0.writes = 2; $0.written = [1]; $0.deaths = 2
        },
        Model.Setup("new edge") {
            $0.newEdge = 1; $0.apart = [3, nil]; $0.writes = 2
        },
        Model.Setup("new edge, priority, purge") {
            $0.newEdge = 1
            $0.apart = [3, nil]
            $0.writes = 2
            $0.purges = true
            $0.policy = .priority([3, 1])
        },
        Model.Setup("restore") {
            $0.contents = [0]
            $0.written = [1]
            $0.deaths = 1
            $0.restored = [1, 2]
        },
    ]

    /// Foreign keys and unique values.
    static let constrained: [Model.Setup] = [
        Model.Setup("foreign key") { $0.constraints = reference },
        Model.Setup("foreign key, priority") {
            $0.constraints = reference
            $0.policy = .priority([3, 1])
        },
        Model.Setup("foreign key, new edge") {
            $0.constraints = reference
            $0.newEdge = 1
            $0.apart = [2, 3]
            $0.writes = 2
        },
        Model.Setup("unique") {
            $0.constraints = unique
            $0.contents = [nil, nil]
            $0.written = [2, 4]
        },
        Model.Setup("unique, priority") {
            $0.constraints = unique
            $0.contents = [nil, nil]
            $0.written = [2, 4]
            $0.policy = .priority([3, 1])
        },
        Model.Setup("unique, moving") {
            $0.constraints = unique
            $0.contents = [2, 4]
            $0.written = [2, 4, 6]
        },
        Model.Setup("unique, new edge") {
            $0.constraints = unique
            $0.contents = [2, 4]
            $0.apart = [4, 2]
            $0.newEdge = 1
            $0.written = [2, 4]
            $0.writes = 2
            $0.policy = .priority([3, 1])
        },
        Model.Setup("unique and foreign key") {
            $0.constraints = both
            $0.contents = [nil, nil, nil]
            $0.written = [2, 3]
        },
    ]

    /// A node that does not take what others send.
    static let held: [Model.Setup] = [
        Model.Setup("check") {
            $0.contents = [0]; $0.refused = [2: 1]
        },
        Model.Setup("check, priority 3 1") {
            $0.contents = [0]
            $0.refused = [2: 1]
            $0.policy = .priority([3, 1])
        },
        Model.Setup("check at the end") {
            $0.contents = [0]
            $0.refused = [1: 1]
            $0.policy = .priority([2, 1])
        },
        Model.Setup("check on two") {
            $0.contents = [0]; $0.refused = [1: 2, 2: 1]
        },
        Model.Setup("check, new edge") {
            $0.contents = [0]
            $0.refused = [2: 3]
            $0.apart = [3]
            $0.newEdge = 1
            $0.writes = 2
        },
        Model.Setup("check, late commit") {
            $0.contents = [0]
            $0.refused = [2: 1]
            $0.late = 1
            $0.relaxes = true
        },
        Model.Setup("check, purge") {
            $0.contents = [0]
            $0.refused = [2: 1]
            $0.purges = true
            $0.policy = .priority([1, 3])
        },
        Model.Setup("check and foreign key") {
            $0.constraints = reference
            $0.refused = [2: 2]
        },
        Model.Setup("check, restore") {
            $0.contents = [0]
            $0.refused = [2: 1]
            $0.restored = [1, 2]
        },
    ]

    /// All of them.
    static let all = plain + constrained + held

    /// One of them.
    static func named(_ name: String) -> Model.Setup {
        all.first { $0.name == name } ?? Model.Setup(name)
    }
}
