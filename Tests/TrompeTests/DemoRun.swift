import Foundation

@testable import Postgres

/// A run of the built program's `demo`, or of a shell's command line, whose output goes to a file:
/// a pipe would stay open for as long as the server lives.
final class DemoRun {
    /// What was waited for did not come.
    struct NeverHappened: Error {}

    let pid: pid_t
    /// The folder of the run's output.
    private let folder: String
    private let child: ChildProcess

    /// Next to the bundle of the tests.
    static var program: String {
        let tests = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return tests.deletingLastPathComponent().appendingPathComponent("trompe").path
    }

    /// Starts a command line, in which `$0` stands for the program.
    init(shell line: String) throws {
        folder = NSTemporaryDirectory() + "/demo-test-" + UUID().uuidString
        let pidFile = folder + "/pid"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        child = try ChildProcess(
            ["/bin/sh", "-c", "echo $$ >pid; \(line)", Self.program], in: folder,
            output: folder + "/output")
        pid = try Self.eventually {
            let text = Self.contents(pidFile)
            return text.hasSuffix("\n") ? pid_t(text.dropLast()) : nil
        }
    }

    /// Starts the demo alone, as a process that takes signals.
    convenience init(_ arguments: String = "") throws {
        try self.init(shell: #"exec "$0" demo \#(arguments)"#)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var output: String { Self.contents(folder + "/output") }

    /// The end of the run; a signal's is 128 and more.
    func wait() -> Int32 { child.wait() }

    /// Waits until it has said something.
    func waitForOutput(_ words: String) throws {
        _ = try Self.eventually { output.contains(words) ? true : nil }
    }

    /// The folder of its server, from the moment on in which there is something to clean up.
    func directory() throws -> String {
        try Self.eventually {
            Self.processes().first {
                $0.parent == pid && $0.command.contains("trompe-watchdog")
            }?.command.last
        }
    }

    /// Waits until no folder and no process is left of a server.
    static func waitForEnd(of directory: String) throws {
        _ = try eventually {
            let isThere = FileManager.default.fileExists(atPath: directory)
            let isNamed = processes().contains {
                $0.command.contains { $0.contains(directory) }
            }
            return isThere || isNamed ? nil : true
        }
    }

    /// All processes that can be seen, from Linux's own list.
    private static func processes() -> [(parent: pid_t, command: [String])] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.filter { pid_t($0) != nil }.map { entry in
            let text = { (file: String) in contents("/proc/\(entry)/\(file)") }
            // The fourth field, where the second one is a name in parentheses.
            let fields = text("stat").split(separator: ")").last?.split(separator: " ") ?? []
            let parent = fields.count > 1 ? pid_t(fields[1]) ?? 0 : 0
            let command = text("cmdline").split(separator: "\0").map(String.init)
            return (parent, command)
        }
    }

    private static func contents(_ file: String) -> String {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    }

    /// Asks again and again, for a minute at most.
    private static func eventually<T>(_ answer: () -> T?) throws -> T {
        for _ in 0..<1_200 {
            if let found = answer() { return found }
            usleep(50_000)
        }
        throw NeverHappened()
    }
}
