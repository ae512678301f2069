import Foundation
import Postgres

/// A file that is there as a whole or not at all: written beside its place, flushed, and then renamed.
struct OutputFile {
    private let path: String
    private let temporary: String
    /// What is written to.
    let descriptor: Int32

    /// - Parameter path: where it shall be; `-` for stdout.
    init(_ path: String) throws {
        self.path = path
        guard path != "-" else {
            // A number that a child does not give to another file before it is made its stdout.
            (temporary, descriptor) = ("", fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3))
            guard descriptor >= 0 else { throw Self.error("stdout") }
            return
        }
        var found = stat()
        // A name in the place of a device or a pipe would be the end of that.
        guard lstat(path, &found) != 0 || found.st_mode & S_IFMT == S_IFREG else {
            throw PostgresError(
                "cannot write \(path): it is there, and is no ordinary file",
                hint: "no file was made; name another place, or write to it by -o - >\(path)",
                database: "file")
        }
        temporary = "\(path).\(UUID().uuidString.prefix(8)).part"
        // Whoever has it has the rows.
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error(path) }
    }

    /// Makes it durable, and gives it its name.
    ///
    /// - Returns: how many bytes it has; 0 where that cannot be known.
    func commit() throws -> Int {
        var facts = stat()
        let bytes = fstat(descriptor, &facts) == 0 ? Int(facts.st_size) : 0
        guard path != "-" else { return bytes }
        guard fsync(descriptor) == 0, close(descriptor) == 0, rename(temporary, path) == 0 else {
            throw Self.error(path)
        }
        let folder = open(
            URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return bytes }
        // Not all file systems of sticks can do this for a folder.
        fsync(folder)
        close(folder)
        return bytes
    }

    /// Removes what was written.
    func discard() {
        guard path != "-" else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// What a person can do where it cannot be written.
    static let hint = """
        no file was made, and nothing is lost: what the neighbour lacks is in the next one; mend what is said, or \
        name another place
        """

    private static func error(_ path: String) -> PostgresError {
        PostgresError(
            "cannot write \(path): \(String(cString: strerror(errno)))", hint: hint,
            database: "file")
    }
}
