import Foundation
import Synchronization

/// Ends a throwaway server when its owner dies, by whatever death: a shell that waits at a pipe
/// whose other end only the owner holds, so that the kernel itself tells it of the owner's end.
///
/// It is a process group of its own: Ctrl-C in the terminal reaches the owner alone.
final class Watchdog: Sendable {
    private let shell: ChildProcess
    private let lifeline: FileHandle
    private let dismissed = Mutex(false)

    /// Immediate shutdown: the data is thrown away. The folder is removed after the server's end,
    /// and again as long as something, such as an initdb under way, still writes there.
    private static let script = """
        trap '' INT TERM HUP
        read line
        test "$line" != keep && test -d "$1" || exit 0
        pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
        if test -n "$pid"; then
            kill -QUIT "$pid" 2>/dev/null
            tries=0
            while kill -0 "$pid" 2>/dev/null && test $tries -lt 100; do
                sleep 0.1
                tries=$((tries + 1))
            done
        fi
        tries=0
        while test -e "$1" && test $tries -lt 50; do
            rm -rf "$1"
            sleep 0.1
            tries=$((tries + 1))
        done
        """

    /// Watches over the server whose folder this is, from before there is one in it.
    init(directory: String) throws {
        var ends: [Int32] = [0, 0]
        // No other child of ours may hold our end, or the pipe stays open after us.
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
            fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
        else {
            throw PostgresError("cannot watch over the server", database: "temporary server")
        }
        lifeline = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        defer { close(ends[0]) }
        shell = try ChildProcess(
            ["/bin/sh", "-c", Self.script, "trompe-watchdog", directory], in: "/", input: ends[0],
            output: "/dev/null")
    }

    /// Lets it do its work, of which nothing is left where the owner has cleaned up, and waits.
    func dismiss() {
        guard isFirstDismissal() else { return }
        lifeline.closeFile()
        _ = shell.wait()
    }

    /// Sends it away without its doing anything, now or when the owner ends.
    func callOff() throws {
        guard isFirstDismissal() else { return }
        try lifeline.write(contentsOf: Data("keep\n".utf8))
        lifeline.closeFile()
        _ = shell.wait()
    }

    private func isFirstDismissal() -> Bool {
        dismissed.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
    }
}
