import Foundation
import Postgres

/// Runs a program to its end, with only the environment that is given beside a path.
///
/// - Returns: its exit status, what it printed, and what it said on stderr.
public func runProgram(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    // Where coverage is measured, a run of the program counts.
    let profile = ProcessInfo.processInfo.environment.filter { $0.key == "LLVM_PROFILE_FILE" }
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
        .merging(profile) { $1 }.merging(environment) { $1 }
    // Files, not pipes: whatever a program writes, nobody has to read both at once.
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["out", "err"].map { folder.appending(path: $0) }
    for file in files { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let said = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return (process.terminationStatus, said[0], said[1])
}

extension TestNode {
    /// What pg_dump writes of the database, without what differs from run to run.
    public func dump(_ arguments: String...) throws -> String {
        let (status, text, errors) = try runProgram(
            Servers.programs(of: number) + "/pg_dump", arguments + ["-d", conninfo])
        guard status == 0 else { throw Psql.Failure(description: errors) }
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict") }
            .joined(separator: "\n")
    }

    /// The schema as lines of pg_dump's that must be the same on all nodes: the order of columns, what
    /// belongs to the schema replication, how sequences count, and what NOT NULL is called are left out.
    public func schema() throws -> [String] {
        let (status, text, errors) = try runProgram(
            Servers.programs(of: 2) + "/pg_dump",
            ["--schema-only", "--exclude-schema=replication", "--no-privileges", "-d", conninfo])
        guard status == 0 else { throw Psql.Failure(description: errors) }
        let own = [
            "replication", "--", "\\", "SET ", "START WITH", "INCREMENT BY", "SELECT pg_catalog",
        ]
        return text.replacing(/\ CONSTRAINT \w+ NOT NULL/, with: " NOT NULL")
            .split(separator: "\n").map { $0.trimmingCharacters(in: [" ", ","]) }
            .filter { line in
                !own.contains { line.hasPrefix($0) } && !line.contains(" replication_")
                    // From 15.20 on, the server numbers the shapes that a column has had.
                    && !line.contains(" SET (pg_attver=")
            }
            .sorted()
    }
}
