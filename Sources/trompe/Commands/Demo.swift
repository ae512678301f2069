import ArgumentParser
import Foundation
import Postgres
import Replication

/// `trompe demo`: five databases on a throwaway server.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show it at work: five databases, changed apart and made level.",
        discussion: """
            Makes a PostgreSQL server of its own in a temporary folder, which needs the programs of \
            a server but touches none that runs, and removes it at the end.
            """)

    @Flag(help: "Leave the server up, and say how to try things on it and how to remove it.")
    var keep = false

    func run() throws {
        Interruption.watch()
        Self.forgetEnvironment()
        defer { Console.clearProgress() }
        Console.progress("making a PostgreSQL server ...")
        let cluster = try ThrowawayCluster(settings: DemoTree.settings)
        do {
            try show(on: cluster)
        } catch {
            try cluster.remove()
            // Where a signal was what broke it, the signal is what to tell.
            try Interruption.check()
            throw error
        }
    }

    private func show(on cluster: ThrowawayCluster) throws {
        try Interruption.check()
        let tree = try DemoTree(on: cluster)
        let areEqual = try DemoStory(tree: tree, directory: cluster.directory).tell()
        if keep {
            try DemoEpilogue.sayHowToGoOn(on: cluster)
            try Interruption.check()
            try cluster.keep()
        } else {
            DemoEpilogue.sayWhatIsNext()
            Console.progress("removing the server ...")
            try cluster.remove()
        }
        if !areEqual { throw ExitCode.failure }
    }

    /// What libpq would take from the environment could lead it to somebody's server.
    private static func forgetEnvironment() {
        for name in ProcessInfo.processInfo.environment.keys where name.hasPrefix("PG") {
            unsetenv(name)
        }
    }
}
