import Foundation
import TestSupport
import Testing

/// What docs/service has for systemd, cron and launchd.
@Suite struct ServiceFileTests {
    private let folder = Scenario.fixtures.deletingLastPathComponent().appending(
        path: "docs/service")

    private func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    /// A folder of one's own, gone after the body.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try body(place)
    }

    #if os(Linux)
        /// A key that systemd does not know is a warning, and no failure: it says nothing where all is well.
        @Test func systemdUnderstandsTheUnits() throws {
            try withFolder { place in
                let units = [
                    "trompe@.service", "trompe-sync@.service", "trompe-sync@.timer",
                ]
                for unit in units {
                    let there = try text(unit).replacing(
                        "/usr/local/bin/trompe", with: try Program.path.get())
                    try there.write(
                        to: place.appending(path: unit), atomically: true, encoding: .utf8)
                }
                let run = try runProgram(
                    "/usr/bin/env",
                    ["systemd-analyze", "verify", "--man=no"]
                        + units.map { place.appending(path: $0).path })
                #expect(run.status == 0)
                #expect(run.output + run.errors == "")
            }
        }
    #endif

    /// The command of the service, word for word, with a socket to be told of its life.
    @Test func theCommandOfTheServiceRuns() throws {
        let lines = try text("trompe@.service").split(separator: "\n")
        let command = try #require(lines.first { $0.hasPrefix("ExecStart=") })
            .replacing("%i", with: "a").split(separator: " ").map(String.init)
        #expect(command.prefix(2) == ["ExecStart=/usr/local/bin/trompe", "sync"])
        try withLinked(2) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            let run = try WatchRun(Array(command.dropFirst(2)), services: tree.services)
            try run.wait(for: "moved")
            #expect(run.end() == 0)
        }
    }

    /// The lines for cron as cron runs them, with a logger that writes into a file.
    @Test func linesForCronLogAllAndMailWhatAPersonMustSee() throws {
        let commands = try text("crontab").split(separator: "\n").filter { $0.hasPrefix("*") }.map {
            $0.split(separator: " ", maxSplits: 5).last.map(String.init) ?? ""
        }
        #expect(commands.count == 2 && commands.allSatisfy { !$0.contains("%") })
        try withLinked(2) { tree in
            try withFolder { place in
                let logger = place.appending(path: "logger")
                try "#!/bin/sh\ncat >>\"${0%/*}/log\"\n".write(
                    to: logger, atomically: true, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: logger.path)
                try FileManager.default.createSymbolicLink(
                    atPath: place.appending(path: "trompe").path,
                    withDestinationPath: try Program.path.get())
                func mail(_ command: String, _ b: String) throws -> String {
                    let a = tree[1].conninfo
                    let services = [("laptop", a), ("b", b)].map { name, conninfo in
                        "[\(name)]\n" + conninfo.split(separator: " ").joined(separator: "\n")
                    }.joined(separator: "\n").replacing("'", with: "")
                    let file = place.appending(path: "services")
                    try services.write(to: file, atomically: true, encoding: .utf8)
                    let run = try runProgram(
                        "/bin/sh", ["-c", command],
                        environment: [
                            "PATH": "\(place.path):/usr/bin:/bin", "PGSERVICEFILE": file.path,
                        ])
                    return run.output + run.errors
                }
                for (number, command) in commands.enumerated() {
                    try tree[1].psql("insert into note values (\(number), 'x')")
                    #expect(try mail(command, tree[2].conninfo) == "")
                    #expect(try mail(command, "host=/nonexistent dbname=away") == "")
                    let log = try String(
                        contentsOf: place.appending(path: "log"), encoding: .utf8)
                    #expect(log.ranges(of: "A -> B: moved 1 row").count == number + 1)
                    #expect(log.ranges(of: "trompe: b: ").count == number + 1)
                }
                // A node with itself as its neighbour is for a person to mend.
                #expect(try mail(commands[0], tree[1].conninfo) == "")
                #expect(try mail(commands[1], tree[1].conninfo).contains("the same database"))
            }
        }
    }

    @Test func theListForLaunchdCanBeRead() throws {
        let list = try PropertyListSerialization.propertyList(
            from: Data(text("org.trompe.sync.plist").utf8), format: nil)
        let keys = try #require(list as? [String: Any])
        #expect(keys["Label"] as? String == "org.trompe.sync")
        #expect(
            keys["ProgramArguments"] as? [String]
                == ["/usr/local/bin/trompe", "sync", "--watch=10", "laptop"])
        #expect(keys["RunAtLoad"] as? Bool == true)
        #expect((keys["KeepAlive"] as? [String: Bool])?["SuccessfulExit"] == false)
    }
}
