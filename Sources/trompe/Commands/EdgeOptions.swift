import ArgumentParser
import Logging

/// What all commands understand that work on an edge.
struct EdgeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For how long to wait for a lock that somebody else holds.", valueName: "seconds"))
    var lockTimeout: Double = 10

    @Flag(name: .shortAndLong, help: "Say each step on stderr.")
    var verbose = false

    func validate() throws {
        guard lockTimeout > 0, lockTimeout < 100_000 else {
            throw ValidationError("--lock-timeout is a number of seconds above 0.")
        }
    }

    var lockTimeoutMilliseconds: Int { Int(lockTimeout * 1_000) }

    /// Says each step on stderr, or only what had to be done again.
    var logger: Logger {
        var logger = Logger(label: "trompe") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .notice
        return logger
    }
}
