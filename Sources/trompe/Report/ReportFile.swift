import Foundation

/// Where a page is written: it is there whole, or what was there before stays.
struct ReportFile {
    private let path: String
    /// The rights of the file whose place it takes.
    private let mode: mode_t?

    /// Looks at the place before anything is asked for.
    ///
    /// - Throws: `Failure` where something else than a file is there, or nothing can be written.
    init(_ path: String) throws {
        self.path = path
        var found = stat()
        if lstat(path, &found) == 0 {
            guard found.st_mode & S_IFMT == S_IFREG else {
                throw Failure(
                    "\(path) is no regular file", hint: "name a file, or - for stdout", status: 1)
            }
            mode = found.st_mode & 0o777
        } else if errno == ENOENT {
            mode = nil
        } else {
            throw Self.failure(path, errno)
        }
        guard access(folder, W_OK) == 0 else { throw Self.failure(path, errno) }
    }

    private var folder: String {
        let folder = (path as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    /// Writes a file beside it, and gives that its name once it is on the disk.
    func write(_ text: String) throws {
        let temporary = "\(folder)/.trompe-report-\(UUID().uuidString)"
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Self.failure(path, errno) }
        do {
            defer { close(file) }
            if let mode, fchmod(file, mode) != 0 { throw Self.failure(path, errno) }
            try write(Array(text.utf8), to: file)
            guard fsync(file) == 0 else { throw Self.failure(path, errno) }
            // Something else may have come there meanwhile.
            _ = try ReportFile(path)
            guard rename(temporary, path) == 0 else { throw Self.failure(path, errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private func write(_ bytes: [UInt8], to file: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw Self.failure(path, errno) }
            rest = rest.dropFirst(written)
        }
    }

    private static func failure(_ path: String, _ number: Int32) -> Failure {
        Failure(
            "\(path) cannot be written: \(String(cString: strerror(number)))",
            hint: "name a file in a folder that can be written to, or - for stdout", status: 1)
    }
}
