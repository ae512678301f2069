import Foundation

/// Programs one behind the other, each reading what the one before it writes: gzip, age and gpg, through
/// which files go.
public final class PipedPrograms {
    private var children: [(name: String, process: ChildProcess, said: String)] = []
    /// Where the first one is written to; -1 once closed, or where it reads something else.
    public private(set) var input: Int32 = -1
    private let hint: String

    /// Starts them.
    ///
    /// - Parameters:
    ///   - commands: each a name, as PATH finds it, and arguments.
    ///   - source: what the first one reads; nil: what is written to `input`.
    ///   - destination: what the last one writes to; it stays open.
    ///   - hint: what a person is told where one fails.
    public init(
        _ commands: [[String]], from source: Int32? = nil, to destination: Int32, hint: String
    ) throws {
        self.hint = hint
        // One that ends early must not end us.
        signal(SIGPIPE, SIG_IGN)
        var next = source
        if next == nil {
            let (reader, writer) = try Self.pipe()
            (next, input) = (reader, writer)
        }
        for (number, command) in commands.enumerated() {
            let isLast = number == commands.count - 1
            let (reader, writer) = isLast ? (-1, destination) : try Self.pipe()
            let said = "\(NSTemporaryDirectory())/trompe-\(command[0])-\(UUID().uuidString)"
            defer {
                if next != source, let next { close(next) }
                if !isLast { close(writer) }
                next = reader
            }
            children.append(
                (
                    command[0],
                    try ChildProcess(
                        ["/usr/bin/env"] + command, in: FileManager.default.currentDirectoryPath,
                        input: next, output: said, result: writer),
                    said
                ))
        }
    }

    deinit {
        if input >= 0 { close(input) }
        for child in children {
            kill(child.process.pid, SIGTERM)
            _ = child.process.wait()
            unlink(child.said)
        }
    }

    /// Waits for their end.
    ///
    /// - Throws: `PostgresError` with what one of them said, where it failed.
    public func finish() throws {
        if input >= 0 { close(input) }
        input = -1
        let ended = children.map { ($0.name, $0.process.wait(), ServerPrograms.contents($0.said)) }
        for child in children { unlink(child.said) }
        children = []
        // Where one ends, those before it cannot write any more, and end too.
        for (name, status, said) in ended.reversed() where status != 0 {
            guard status != 127 else {
                throw PostgresError(
                    "\(name) was not found",
                    hint: "install it: the package is called gzip, age or gnupg", database: "file")
            }
            throw PostgresError(name, endedWith: status, said: said, hint: hint, database: "file")
        }
    }

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Foundation.pipe(&ends) == 0 else {
            throw PostgresError(
                "no pipe: \(String(cString: strerror(errno)))", database: "file")
        }
        // No program that is started by another thread meanwhile may keep an end open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
