import ArgumentParser

/// The program.
@main
struct Trompe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trompe",
        abstract: "Keeps PostgreSQL databases level that are changed apart from each other.",
        discussion: """
            A DB is what psql takes: the name of a service in pg_service.conf, a conninfo string \
            ("host=... dbname=...") or a URI (postgresql://...). Passwords belong in .pgpass.

            Exit status: 0 done; 1 failed, and the message says what was done before; 2 done, but \
            something waits for a person; 64 the command line is wrong; 75 try again later.
            """,
        version: "trompe 0.1.0",
        subcommands: [Manual.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Everyday",
                subcommands: [
                    Sync.self, Status.self, Report.self, Explain.self, Conflicts.self,
                ]),
            CommandGroup(
                name: "Tree",
                subcommands: [
                    Install.self, Clone.self, Link.self, Pause.self, Resume.self, Unlink.self,
                    Uninstall.self, Upgrade.self,
                ]),
            CommandGroup(name: "By file", subcommands: [Export.self, Import.self]),
            CommandGroup(name: "Rules", subcommands: [Policy.self, Filter.self, Ddl.self]),
            CommandGroup(
                name: "Repair and upkeep",
                subcommands: [Compare.self, Graft.self, Rejoin.self, Keep.self, Compact.self]),
            CommandGroup(name: "First steps", subcommands: [Demo.self]),
        ])

    static func main() {
        Secrets.hideArguments()
        Console.openStandardFiles()
        do {
            var command = try parsed()
            try command.run()
        } catch {
            exit(withFailure: error)
        }
    }

    /// The command, parsed by itself: with the root, ArgumentParser looks at all commands by reflection,
    /// which is a good part of a sync with nothing to do. Where that fails, the root says why, or helps.
    private static func parsed() throws -> any ParsableCommand {
        let arguments = WatchInterval.spelledOut(Array(CommandLine.arguments.dropFirst()))
        let command = configuration.subcommands.first {
            $0.configuration.commandName == arguments.first
        }
        // The root's help names the program, too.
        guard let command, !arguments.contains(where: ["-h", "--help"].contains) else {
            return try parseAsRoot(arguments)
        }
        do {
            return try command.parseAsRoot(Array(arguments.dropFirst()))
        } catch {
            return try parseAsRoot(arguments)
        }
    }

    /// Errors of ours go to stderr with their hint and their status; those of the command line the
    /// way ArgumentParser has it.
    private static func exit(withFailure error: any Error) -> Never {
        guard let failure = Failure(error) else {
            let text = fullMessage(for: error)
            guard exitCode(for: error) != .success, Secrets.scrubbed(text) != text else {
                exit(withError: error)
            }
            Console.error(Secrets.scrubbed(text))
            exit(withError: exitCode(for: error))
        }
        Console.error("trompe: \(failure.text)")
        exit(withError: ExitCode(failure.status))
    }
}
