import Foundation

/// A program that was started, and for whose end one can wait.
///
/// Not Foundation's `Process`: on Linux that one takes a child for running as long as any
/// descendant has the socket open that it hands down, and a server started by pg_ctl has it open
/// for as long as it lives.
struct ChildProcess: Sendable {
    let pid: pid_t

    /// Starts a program, in a process group of its own, where no Ctrl-C of our terminal reaches it.
    ///
    /// - Parameters:
    ///   - command: the program's path and its arguments.
    ///   - directory: where it runs.
    ///   - input: the file descriptor that it reads; nothing if nil.
    ///   - output: the file that takes what it says, both ways.
    ///   - result: the file descriptor that takes what it writes to stdout instead.
    ///   - more: what it finds in its environment beside ours.
    init(
        _ command: [String], in directory: String, input: Int32? = nil, output: String,
        result: Int32? = nil, environment more: [String: String] = [:]
    ) throws {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        if let result { posix_spawn_file_actions_adddup2(&actions, result, 1) }
        // Nothing else of ours: of a pipe to another child it would keep an end open for as long as
        // it lives, and the reader would wait for more.
        #if os(Linux)
            for descriptor in Self.descriptorsToClose() {
                posix_spawn_file_actions_addclose(&actions, descriptor)
            }
            posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        #else
            posix_spawnattr_setflags(
                &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_CLOEXEC_DEFAULT))
        #endif
        // Glibc shows its own way to change the folder to none but C.
        let inDirectory = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory] + command
        let arguments = try CStrings(inDirectory, database: "temporary server")
        let environment = try CStrings(Self.environment(more), database: "temporary server")
        var child: pid_t = 0
        let status = arguments.withPointers { arguments in
            environment.withPointers { environment in
                posix_spawn(
                    &child, inDirectory[0], &actions, &attributes, Self.mutable(arguments),
                    Self.mutable(environment))
            }
        }
        guard status == 0 else {
            throw PostgresError(
                "cannot run \(command[0]): \(String(cString: strerror(status)))",
                database: "temporary server")
        }
        pid = child
    }

    /// Waits for its end and returns its exit status; 128 and more is a signal's.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            if errno != EINTR { return 127 }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// The same, and calls something every half second until then.
    func wait(onTick: () -> Void) -> Int32 {
        var status: Int32 = 0
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { break }
            guard ended == 0 || errno == EINTR else { return 127 }
            onTick()
            usleep(500_000)
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// Ours, but for what would have libpq's programs do something else or in another language.
    private static func environment(_ more: [String: String]) -> [String] {
        var ours = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        ours["LC_ALL"] = "C"
        return ours.merging(more) { $1 }.map { "\($0.key)=\($0.value)" }
    }

    /// All files that we may have open but the first three; to close one that is not open is no
    /// error, but one beyond the limit is. Some more than are open now, as another thread may open
    /// files at this moment.
    private static func descriptorsToClose() -> Range<Int32> {
        let open = FileManager.default.enumerator(atPath: "/proc/self/fd")?.compactMap {
            ($0 as? String).flatMap { Int($0) }
        }
        let limit = sysconf(Int32(_SC_OPEN_MAX))
        let bound = min((open?.max() ?? 768) + 256, limit < 0 ? .max : limit)
        return 3..<Int32(max(3, bound))
    }

    /// C wants strings that it may write to, though it does not.
    private static func mutable(
        _ pointers: UnsafePointer<UnsafePointer<CChar>?>
    ) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
        UnsafeRawPointer(pointers).assumingMemoryBound(to: UnsafeMutablePointer<CChar>?.self)
    }
}

extension PostgresError {
    /// A program that did not end well.
    ///
    /// - Parameters:
    ///   - program: its name.
    ///   - status: its exit status as `ChildProcess.wait` returns it, where a signal's is 128 and more.
    ///   - said: what it wrote to stderr, of which the last lines are shown.
    ///   - hint: what to do about it.
    ///   - database: the label of what it worked on.
    init(
        _ program: String, endedWith status: Int32, said: String, hint: String? = nil,
        database: String
    ) {
        let isSignal = status > 128 && status <= 128 + 64
        let lines = said.split(separator: "\n").suffix(12).joined(separator: "\n")
        self.init(
            isSignal
                ? "\(program) was ended by signal \(status - 128):"
                    + " \(String(cString: strsignal(status - 128)))"
                : "\(program) failed with status \(status)",
            detail: lines.isEmpty ? nil : lines, hint: hint, database: database)
    }
}
