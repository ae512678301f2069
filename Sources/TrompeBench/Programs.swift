import Foundation
import Postgres

/// The end of a program.
struct Run {
    /// From its start to its end.
    let seconds: Double
    /// The most memory that it had, in bytes.
    let peakBytes: Int
    let output: String
}

extension Bench {
    /// Runs trompe to its end; an exit status other than 0 is an error.
    @discardableResult
    func trompe(_ arguments: String...) throws -> Run {
        try Self.run([program] + arguments)
    }

    /// Runs a program, and waits for it.
    static func run(_ command: [String]) throws -> Run {
        let output = FileManager.default.temporaryDirectory
            .appending(path: "bench-\(UUID().uuidString)").path
        defer { unlink(output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(
            &actions, 2, output + ".errors", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { unlink(output + ".errors") }
        let arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let begin = ContinuousClock.now
        var child: pid_t = 0
        guard posix_spawnp(&child, command[0], &actions, nil, arguments, environ) == 0 else {
            throw BenchError("cannot run \(command[0])")
        }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
        let seconds = (ContinuousClock.now - begin).inSeconds
        guard status == 0 else {
            let said = FileManager.default.contents(atPath: output + ".errors") ?? Data()
            throw BenchError(
                "\(command.joined(separator: " ")): \(String(decoding: said, as: UTF8.self))")
        }
        return Run(
            seconds: seconds, peakBytes: usage.ru_maxrss * 1024,
            output: String(
                decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self))
    }
}

/// What went wrong.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Duration {
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}

/// How long something takes, in seconds.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let begin = ContinuousClock.now
    try body()
    return (ContinuousClock.now - begin).inSeconds
}
