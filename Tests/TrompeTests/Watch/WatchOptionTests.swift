import Foundation
import Testing

@testable import trompe

/// The value of `--watch`, and how long is waited after a failure.
@Suite struct WatchOptionTests {
    @Test(arguments: [
        (["sync", "--watch", "a", "b"], ["sync", "--watch=10", "a", "b"]),
        (["sync", "a", "--watch", "5", "b"], ["sync", "a", "--watch=5", "b"]),
        (["sync", "a", "--watch"], ["sync", "a", "--watch=10"]),
        (["sync", "--watch", "--json", "a"], ["sync", "--watch=10", "--json", "a"]),
        (["sync", "--watch=0.5", "7"], ["sync", "--watch=0.5", "7"]),
        (["sync", "--", "--watch", "b"], ["sync", "--", "--watch", "b"]),
    ])
    func aDatabaseIsNoNumberOfSeconds(given: [String], meant: [String]) throws {
        #expect(WatchInterval.spelledOut(given) == meant)
    }

    @Test func theProgramReadsIt() throws {
        for value in ["x", "0", "-1", "1e9"] {
            let run = try Program.run("sync", "a", "b", "--watch=\(value)")
            #expect(run.status == 64, "\(value): \(run.errors)")
        }
        for arguments in [
            ["--watch", "--dry-run"], ["--log-format", "json"], ["--watch", "--jobs", "65"],
        ] {
            let run = try Program.run(list: ["sync", "a", "b"] + arguments)
            #expect(run.status == 64, "\(arguments): \(run.errors)")
        }
        let help = try Program.run("sync", "--help")
        #expect(help.output.contains("--watch [<seconds>]"))
        // A name that leads nowhere is no server that is away.
        let nowhere = try Program.run("sync", "--watch", "nosuchservice", "b")
        #expect(nowhere.status == 1 && nowhere.errors.contains("nosuchservice"))
    }

    @Test func whatPassesIsTriedSoonAndMoreSeldomTheLongerItLasts() {
        var generator = SystemRandomNumberGenerator()
        var backoff = Backoff(interval: 2)
        for longest in [2.0, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let pause = backoff.fail(passes: true, using: &generator)
            #expect((max(2, 0.8 * longest)...longest).contains(pause))
        }
        #expect(backoff.succeed() == 2)
        #expect(backoff.fail(passes: true, using: &generator) == 2)
        #expect((48...60).contains(Backoff(interval: 2).first(passes: false)))
        // Never more often than all is well.
        #expect(Backoff(interval: 3_600).first(passes: true) == 3_600)
        #expect((0.8...1).contains(Backoff(interval: 0.1).first(passes: true)))
    }

    @Test func whatAServerSaysBecomesOneLineWithoutControlCharacters() {
        #expect(LogLine.oneLine("differ:\n  a\n\n  b\u{1B}[1m\t\r\nc ") == "differ: a; b [1m; c")
    }
}

extension Backoff {
    fileprivate func first(passes: Bool) -> Double {
        var copy = self
        var generator = SystemRandomNumberGenerator()
        return copy.fail(passes: passes, using: &generator)
    }
}
