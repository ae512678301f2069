import Foundation

/// A case as data: a folder under Fixtures/scenarios. See the README there for its files.
public struct Scenario: Sendable {
    /// The name of its folder.
    public let name: String
    /// Where its files are.
    public let folder: URL

    /// The cases in a folder of Fixtures, by name; TROMPE_SCENARIO picks those that contain a word.
    public static func all(in group: String) -> [Scenario] {
        let folder = fixtures.appending(path: group)
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        let word = ProcessInfo.processInfo.environment["TROMPE_SCENARIO"]
        return (names ?? []).sorted().filter { $0.contains(word ?? $0) }.compactMap { name in
            let scenario = Scenario(name: name, folder: folder.appending(path: name))
            return scenario.text("expect.sql") == nil ? nil : scenario
        }
    }

    /// The folder Fixtures of the package.
    public static var fixtures: URL {
        URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures")
    }

    /// A file of the case; nil where it has none of that name.
    public func text(_ file: String) -> String? {
        try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    /// The lines of a file, without empty ones.
    public func lines(_ file: String) -> [String] {
        (text(file) ?? "").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    /// The value of a line `word value` in options.txt; nil where there is none.
    public func option(_ word: String) -> String? {
        let found = lines("options.txt").map { $0.split(separator: " ", maxSplits: 1) }
            .first { $0.first.map(String.init) == word }
        return found.map { $0.count > 1 ? String($0[1]) : "" }
    }

    /// The edges, as pairs of node numbers.
    public var edges: [(Int, Int)] {
        let pairs = lines("tree.txt").map { line -> (Int, Int) in
            let ends = line.split(separator: "-").map { Int($0.utf8.first ?? 65) - 64 }
            return (ends[0], ends[1])
        }
        return pairs.isEmpty ? [(1, 2)] : pairs
    }

    /// How many nodes there are.
    public var nodeCount: Int { edges.map { max($0.0, $0.1) }.max() ?? 2 }

    /// Settings of databases by node number, from settings.txt.
    public var settings: [Int: [String]] {
        var found: [Int: [String]] = [:]
        for line in lines("settings.txt") {
            guard let letter = line.utf8.first else { continue }
            found[Int(letter) - 64, default: []].append(
                line.dropFirst().trimmingCharacters(in: .whitespaces))
        }
        return found
    }

    /// The numbers of the rounds: 1, 2, ... as far as there are files.
    public var rounds: [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let numbers = names.compactMap { name in
            name.hasSuffix(".sql") ? name.split(separator: "-").first.flatMap { Int($0) } : nil
        }
        return Set(numbers).subtracting([0]).sorted()
    }
}
