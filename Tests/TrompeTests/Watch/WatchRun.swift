import Foundation
import TestSupport

@testable import Postgres

/// A run of the built program's `sync --watch`, which goes on until it is told to end.
final class WatchRun {
    /// What was waited for did not come.
    struct NeverHappened: Error {
        let what: String
        let log: String
    }

    private let folder: String
    private let child: ChildProcess

    /// Starts it, with lines of JSON on stderr unless the arguments say otherwise.
    ///
    /// - Parameter environment: what it finds in its environment; the path of stderr's file is given to
    ///   it.
    init(
        _ arguments: [String], services: [String: String],
        environment: (String) throws -> [String: String] = { _ in [:] }
    ) throws {
        folder = NSTemporaryDirectory() + "/watch-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let errors = folder + "/errors"
        try Data().write(to: URL(fileURLWithPath: errors))
        let file = services.map { name, conninfo in
            "[\(name)]\n" + conninfo.split(separator: " ").joined(separator: "\n") + "\n"
        }.joined(separator: "\n").replacing("'", with: "")
        try file.write(toFile: folder + "/services", atomically: true, encoding: .utf8)
        let format = arguments.contains("--log-format") ? [] : ["--log-format", "json"]
        child = try ChildProcess(
            ["/bin/sh", "-c", #"exec "$0" "$@" 2>>errors"#, Program.path.get(), "sync"] + arguments
                + format,
            in: folder, output: folder + "/output",
            environment: ["PGSERVICEFILE": folder + "/services", "HOME": "/nonexistent"]
                .merging(try environment(errors)) { $1 })
    }

    deinit {
        // A test that failed has left it running.
        kill(child.pid, SIGKILL)
        _ = child.wait()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What it printed.
    var output: String { contents("output") }
    /// What it said.
    var errors: String { contents("errors") }

    private func contents(_ file: String) -> String {
        String(
            decoding: FileManager.default.contents(atPath: folder + "/" + file) ?? Data(),
            as: UTF8.self)
    }

    /// The lines of stderr that are whole.
    func lines() throws -> [[String: Any]] {
        try errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }
    }

    /// The lines about one kind of event.
    func events(_ name: String) throws -> [[String: Any]] {
        try lines().filter { $0["event"] as? String == name }
    }

    /// Waits until so many lines are about an event, and returns the last.
    @discardableResult
    func wait(for event: String, count: Int = 1) throws -> [String: Any] {
        try eventually("\(count) \(event)") {
            let found = try events(event)
            return found.count >= count ? found[count - 1] : nil
        }
    }

    /// Asks again and again, for a minute at most.
    @discardableResult
    func eventually<T>(_ what: String, _ answer: () throws -> T?) throws -> T {
        for _ in 0..<1_200 {
            if let found = try answer() { return found }
            usleep(50_000)
        }
        throw NeverHappened(what: what, log: errors)
    }

    /// Sends a signal.
    func signal(_ number: Int32) { kill(child.pid, number) }

    /// Its exit status; a signal's is 128 and more.
    func wait() -> Int32 { child.wait() }

    /// The same after a signal.
    func end(_ number: Int32 = SIGTERM) -> Int32 {
        signal(number)
        return wait()
    }
}

/// Runs a test on nodes of its own that are linked by service names, which are their letters.
func withLinked(
    _ count: Int, servers: [ThrowawayCluster]? = nil, _ body: (TestTree) throws -> Void
) throws {
    let tree = try TestTree(count, servers: servers, isPrepared: true)
    defer { try? tree.remove() }
    for node in tree.nodes { try node.psql("create table note (id int primary key, text text)") }
    try tree.install(linking: false)
    for edge in tree.edges {
        try tree.edge(edge).link(
            serviceA: tree[edge.0].letter.lowercased(), serviceB: tree[edge.1].letter.lowercased())
    }
    try body(tree)
}
