extension RandomTests {
    /// How changes get from node to node.
    enum Way: String, CaseIterable {
        case online
        /// All rows are staged before, over links that drop.
        case staged
        /// Files and syncs: files that come late, in any order, twice or never.
        case carried

        /// The rounds of so many that this is worth.
        func share(of rounds: Int) -> Int {
            switch self {
            case .online: rounds
            case .staged: (rounds + 3) / 4
            case .carried: (rounds + 4) / 5
            }
        }
    }
}
