extension Model {
    /// What must be true of a node's rows at every commit, and what replica role does not check.
    struct Constraints {
        /// Which key's row the row of a key refers to, if its content is odd.
        var references: [Int: Int] = [:]
        /// The keys of one table with a unique column, whose value is the content halved.
        var unique: [Int] = []

        var isNone: Bool { references.isEmpty && unique.isEmpty }

        /// The key that a row with this content refers to.
        func parent(of key: Int, _ content: Int?) -> Int? {
            guard let content, !content.isMultiple(of: 2) else { return nil }
            return references[key]
        }

        /// The keys whose rows refer to the row of `key`.
        func children(of key: Int, in contents: [Int?]) -> [Int] {
            references.filter { $0.value == key }.map(\.key).sorted().filter {
                parent(of: $0, contents[$0]) == key
            }
        }

        /// The unique value that a row with this content holds.
        func value(of key: Int, _ content: Int?) -> Int? {
            guard let content, unique.contains(key) else { return nil }
            return content / 2
        }

        /// Another key whose row holds the value of the row of `key`.
        func rival(of key: Int, in contents: [Int?]) -> Int? {
            guard let value = value(of: key, contents[key]) else { return nil }
            return unique.first { $0 != key && self.value(of: $0, contents[$0]) == value }
        }

        /// Whether these rows may be committed at a node that refuses `refused`.
        func hold(in contents: [Int?], refused: Int?) -> Bool {
            for (key, content) in contents.enumerated() {
                guard let content else { continue }
                if content == refused { return false }
                if let parent = parent(of: key, content), contents[parent] == nil { return false }
                if rival(of: key, in: contents) != nil { return false }
            }
            return true
        }

        /// The keys whose rows a transaction that writes `key` may have to wait for.
        func related(to key: Int) -> [Int] {
            var keys = [key]
            if let parent = references[key] { keys.append(parent) }
            keys += references.filter { $0.value == key }.map(\.key)
            if unique.contains(key) { keys += unique }
            return keys
        }
    }
}
