import Foundation
import Postgres
import Testing

/// `trompe demo` as a person runs it. One after the other: each has a server of its own.
@Suite(.serialized) struct DemoTests {
    @Test func fiveDatabasesBecomeEqual() throws {
        let run = try DemoRun()
        let directory = try run.directory()
        #expect(run.wait() == 0)
        let output = run.output
        #expect(output.contains("All five are equal."), "\(output)")
        #expect(output.ranges(of: "One conflict:").count == 1)
        #expect(output.contains("+41 79 555 04 44") && output.contains("+41 76 555 07 89"))
        #expect(output.contains("reminder emptied"))
        for edge in ["A -> B", "B -> D", "D -> E"] {
            #expect(output.contains(try Regex("\(edge) .*, 1 large object\n")), "\(output)")
        }
        let scores = output.matches(of: #/ ([A-E])  number (\d+)  (\d{6}) bytes  MD5 (\w{32})\n/#)
        #expect(scores.map(\.output.1) == ["A", "B", "C", "D", "E"])
        #expect(Set(scores.map(\.output.3)).count == 1 && Set(scores.map(\.output.4)).count == 1)
        #expect(Set(scores.map(\.output.2)).count > 1)
        let isTooLong = { (line: Substring) in line.count > 100 && !line.contains("/trompe") }
        #expect(!output.split(separator: "\n").contains(where: isTooLong), "\(output)")
        #expect(!FileManager.default.fileExists(atPath: directory))
        try DemoRun.waitForEnd(of: directory)
    }

    /// While the server is being made, while rows are loaded, and while conflicts are found.
    @Test(arguments: [
        (SIGINT, nil), (SIGTERM, "Only A has rows"), (SIGHUP, "Then every edge"),
    ])
    func nothingIsLeftAfterASignal(number: Int32, words: String?) throws {
        let run = try DemoRun(number == SIGHUP ? "--keep" : "")
        let directory = try run.directory()
        if let words { try run.waitForOutput(words) }
        kill(run.pid, number)
        #expect(run.wait() == 128 + number)
        #expect(!FileManager.default.fileExists(atPath: directory))
        try DemoRun.waitForEnd(of: directory)
        #expect(!run.output.contains("error"), "\(run.output)")
    }

    @Test func nothingIsLeftWhereNobodyReads() throws {
        let run = try DemoRun(shell: #"("$0" demo; echo "ended: $?" >&2) | head -n 2"#)
        try run.waitForOutput("/trompe-")
        let directory = try #require(run.output.firstMatch(of: #/[\w/]+/trompe-\w+/#)).output
        #expect(run.wait() == 0)
        try DemoRun.waitForEnd(of: String(directory))
        try run.waitForOutput("ended: \(128 + SIGPIPE)")
    }

    @Test func whatIsKeptCanBeUsedAndRemovedByTheLinesPrinted() throws {
        let run = try DemoRun("--keep")
        let directory = try run.directory()
        #expect(run.wait() == 0)
        let lines = run.output.split(separator: "\n").map { $0.drop { $0 == " " } }
        let removal = try #require(lines.last { $0.hasPrefix("kill ") })
        defer { _ = try? DemoRun(shell: String(removal)).wait() }

        let conninfo = try #require(run.output.firstMatch(of: /psql '(host=[^']*)'/)).output.1
        let session = try Connection(String(conninfo))
        let people = try session.query("select count(*) as n from public.person")
        #expect(try people[0].int("n") == 25)

        let environment = try #require(lines.first { $0.hasPrefix("export ") })
        for word in ["sync", "status", "conflicts"] {
            let line = try #require(lines.first { $0.contains("trompe \(word)") })
            let copied = try DemoRun(shell: "\(environment)\n\(line)")
            #expect(copied.wait() == 0, "\(copied.output)")
        }

        #expect(try DemoRun(shell: String(removal)).wait() == 0)
        try DemoRun.waitForEnd(of: directory)
    }
}
