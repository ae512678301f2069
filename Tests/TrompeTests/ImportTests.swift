import Foundation
import TestSupport
import Testing

/// Imports run downwards only: trompe, Replication, Postgres, CLibPQ. One layer prints.
@Suite struct ImportTests {
    private struct Line {
        let file: String
        let text: String
    }

    private func lines(of target: String) throws -> [Line] {
        let folder = Scenario.fixtures.deletingLastPathComponent().appending(
            path: "Sources/\(target)")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        let sources = try #require(files).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }
        try #require(!sources.isEmpty)
        return try sources.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
                Line(file: file.lastPathComponent, text: $0.trimmingCharacters(in: .whitespaces))
            }
        }
    }

    /// The modules that a target imports, without the system's.
    private func imports(of target: String) throws -> Set<String> {
        let modules = try lines(of: target).map(\.text)
            .filter { $0.contains(#/^(@\w+ )?(public |internal )?import /#) }
            .compactMap { $0.split(separator: " ").last.map(String.init) }
        return Set(modules).subtracting(["Glibc", "Darwin", "Foundation", "Synchronization"])
    }

    @Test func theyRunDownwardsOnly() throws {
        #expect(try imports(of: "Postgres") == ["CLibPQ"])
        #expect(
            try imports(of: "Replication").isSubset(of: ["CSchema", "Postgres", "Logging"]))
        #expect(
            try imports(of: "trompe").isSubset(
                of: ["ArgumentParser", "Replication", "Postgres", "CSchema", "Logging"]))
    }

    @Test(arguments: ["Postgres", "Replication"])
    func theLowerLayersPrintNothing(target: String) throws {
        for line in try lines(of: target) where !line.text.hasPrefix("//") {
            let prints = line.text.contains(
                #/\b(print|debugPrint|dump|puts|f?printf|fputs)\(|\bSTD(OUT|ERR)_FILENO\b|\.standard(Out|Err)/#
            )
            #expect(!prints, "\(line.file): \(line.text)")
        }
    }

    @Test(arguments: ["Postgres", "Replication", "trompe"])
    func noErrorIsDroppedAndNoTrapIsSet(target: String) throws {
        for line in try lines(of: target) where !line.text.hasPrefix("//") {
            #expect(!line.text.contains(#/\btry[?!]|\bas!/#), "\(line.file): \(line.text)")
        }
    }
}
