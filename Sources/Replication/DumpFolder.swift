import Foundation
import Postgres

/// Where a dump is kept, and what belongs to it.
struct DumpFolder {
    /// A dump that is whole: written last, so that its file says so.
    struct Dump: Codable {
        /// The identity of the node that is made from it.
        let identity: String
        /// What the dump shows of the source.
        let snapshot: String
        /// The offer that the source has made after that. A source that does not hold it any more has gone
        /// back in time: what the snapshot shows may never have been, for all that it knows.
        let token: String
        /// The folder that pg_dump has written.
        let folder: String
    }

    let path: String
    private let isTemporary: Bool

    init(_ directory: String?) throws {
        let temporary = FileManager.default.temporaryDirectory
            .appending(path: "trompe-clone-\(UUID().uuidString)").path
        path = directory.map { URL(fileURLWithPath: $0).path } ?? temporary
        isTemporary = directory == nil
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
            throw ReplicationError.notClonable(
                database: path,
                because: "no folder for the dump can be made there: "
                    + (cause.map { String(cString: strerror($0.code.rawValue)) }
                        ?? error.localizedDescription),
                hint: "nothing was changed; name another one with --directory"
                    + (isTemporary ? ", or by TMPDIR" : ""))
        }
    }

    /// The whole dump for a node, if there is one. What another build has written of it, in other words,
    /// counts as none: a dump is quickly made anew, and never used for what it may not be.
    func finished(_ identity: String) throws -> Dump? {
        guard let data = FileManager.default.contents(atPath: file("clone.json")) else {
            return nil
        }
        let dump = Result { try JSONDecoder().decode(Dump.self, from: data) }
        guard case .success(let dump) = dump, dump.identity == identity else { return nil }
        return dump
    }

    func write(_ dump: Dump) throws {
        try JSONEncoder().encode(dump).write(
            to: URL(fileURLWithPath: file("clone.json")), options: .atomic)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// A place where no earlier run of pg_dump may still be writing.
    func newFolder() throws -> String {
        for name in try FileManager.default.contentsOfDirectory(atPath: path)
        where name.hasPrefix("dump-") || name == "clone.json" {
            try FileManager.default.removeItem(atPath: file(name))
        }
        return "dump-\(UUID().uuidString)"
    }

    /// The bytes of the files in one of its folders.
    func size(of folder: String) -> Int {
        let files = FileManager.default.enumerator(
            at: URL(fileURLWithPath: file(folder)), includingPropertiesForKeys: [.fileSizeKey])
        var bytes = 0
        while let next = files?.nextObject() as? URL {
            // A file that has gone meanwhile counts nothing.
            let size = Result { try next.resourceValues(forKeys: [.fileSizeKey]).fileSize }
            if case .success(let size?) = size { bytes += size }
        }
        return bytes
    }

    func removeIfTemporary() {
        guard isTemporary else { return }
        // What is left of it is a folder in a place for temporary files.
        _ = Result { try FileManager.default.removeItem(atPath: path) }
    }
}

/// The lines of a file, one after the other.
struct FileLines: Sequence, IteratorProtocol {
    private let file: OpenFile

    init(_ path: String) throws {
        guard let handle = fopen(path, "r") else {
            throw PostgresError(
                "cannot read \(path): \(String(cString: strerror(errno)))", database: "clone")
        }
        file = OpenFile(handle)
    }

    func next() -> String? {
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        let count = getline(&line, &room, file.handle)
        guard count > 0, let line else { return nil }
        let bytes = UnsafeRawBufferPointer(start: line, count: count)
        return String(decoding: bytes.last == 10 ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    private final class OpenFile {
        let handle: UnsafeMutablePointer<FILE>

        init(_ handle: UnsafeMutablePointer<FILE>) { self.handle = handle }

        deinit { fclose(handle) }
    }
}
