import Foundation
import Synchronization

/// The terminal: results on stdout, everything else on stderr; progress only where a person looks.
enum Console {
    /// Where one of stdin, stdout and stderr is closed, the next file opened would take its number:
    /// a connection to a server, into which results would then be written.
    static func openStandardFiles() {
        for file in STDIN_FILENO...STDERR_FILENO where fcntl(file, F_GETFD) < 0 {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// A result.
    static func print(_ line: String = "", terminator: String = "\n") {
        write(line + terminator, to: STDOUT_FILENO)
    }

    /// A message, a warning, an error.
    static func error(_ line: String) {
        clearProgress()
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Whether stderr is a terminal, on which a line can be written over.
    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether stdout is a terminal that wants colour.
    static var hasColour: Bool {
        isatty(STDOUT_FILENO) == 1 && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
    }

    /// A line that the next one takes the place of.
    static func progress(_ line: String) {
        guard showsProgress else { return }
        write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
    }

    /// Takes the line away.
    static func clearProgress() {
        guard showsProgress else { return }
        write("\r\u{1B}[K", to: STDERR_FILENO)
    }

    /// Bold, where colour is wanted.
    static func bold(_ text: String) -> String {
        hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    /// Red, where colour is wanted.
    static func red(_ text: String) -> String {
        hasColour ? "\u{1B}[31m\(text)\u{1B}[0m" : text
    }

    /// Lines of several threads follow each other.
    private static let turn = Mutex(())

    private static func write(_ text: String, to file: Int32) {
        turn.withLock { _ in
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes {
                    Foundation.write(file, $0.baseAddress, $0.count)
                }
                guard written > 0 else { return }
                rest = rest.dropFirst(written)
            }
        }
    }
}
