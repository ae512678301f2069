import Foundation
import Postgres
import TestSupport
import Testing

/// The program as it was built, run as a user runs it.
enum Program {
    /// What a run left behind.
    struct Run {
        let status: Int32
        let output: String
        let errors: String

        /// The output as JSON.
        var json: Any {
            get throws { try JSONSerialization.jsonObject(with: Data(output.utf8)) }
        }
    }

    /// It stands beside the bundle with the tests, wherever that was built.
    static let path: Result<String, any Error> = Result {
        let running = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let candidates = CommandLine.arguments + [running]
        let folders = candidates.compactMap { argument -> String? in
            guard let bundle = argument.firstRange(of: ".xctest") else { return nil }
            return URL(fileURLWithPath: String(argument[..<bundle.upperBound]))
                .deletingLastPathComponent().path
        }
        let found = folders.map { $0 + "/trompe" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        return try #require(found, "no program beside \(candidates)")
    }

    /// Runs it.
    ///
    /// - Parameter services: the names and conninfo strings of a service file.
    static func run(
        _ arguments: String..., services: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws -> Run {
        try run(list: arguments, services: services, environment: environment)
    }

    /// The same with a list.
    static func run(
        list arguments: [String], services: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws -> Run {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let sections = services.sorted { $0.key < $1.key }.map { name, conninfo in
            "[\(name)]\n" + conninfo.split(separator: " ").joined(separator: "\n")
        }
        let text = sections.joined(separator: "\n\n").replacing("'", with: "")
        try (text + "\n").write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let given = ["PGSERVICEFILE": file.path, "HOME": "/nonexistent"]
        let (status, output, errors) = try runProgram(
            path.get(), arguments, environment: given.merging(environment) { $1 })
        return Run(status: status, output: output, errors: errors)
    }
}

extension TestTree {
    /// The nodes as services, named by their letters in lower case.
    var services: [String: String] {
        Dictionary(uniqueKeysWithValues: nodes.map { ($0.letter.lowercased(), $0.conninfo) })
    }
}
