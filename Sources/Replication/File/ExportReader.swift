import Foundation
import Postgres

/// Reads the pieces of a file, and knows at its end whether they are what was written.
final class ExportReader {
    /// What messages call the file.
    let name: String
    private let descriptor: Int32
    private var digest = SHA256()
    private var buffer: [UInt8] = []
    private var position = 0

    /// - Parameter descriptor: of a file in which one can go back; it stays open.
    init(_ name: String, _ descriptor: Int32) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Reads all of it once, and answers its header. Nothing has been believed before.
    func check() throws -> ExportHeader {
        let header = try begin()
        while try next() != nil {}
        return header
    }

    /// Begins anew, and answers the header.
    func begin() throws -> ExportHeader {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else {
            throw PostgresError(
                "\(name): \(String(cString: strerror(errno)))", database: "file")
        }
        (digest, buffer, position) = (SHA256(), [], 0)
        let magic = Array(ExportHeader.magic.utf8)
        guard let start = try take(magic.count, isEnd: true), start == magic else {
            throw ReplicationError.fileRefused(
                file: name, because: "this is no file of trompe export",
                hint: "nothing was changed; give the file that trompe export has written")
        }
        digest.add(start)
        guard let (frame, payload) = try next(), frame == .header else { throw damaged }
        struct Format: Codable { let format: Int }
        guard let format = decode(Format.self, payload)?.format else { throw damaged }
        guard format == ExportHeader.currentFormat else {
            throw ReplicationError.fileRefused(
                file: name,
                because: "its format is \(format), and this trompe reads "
                    + "\(ExportHeader.currentFormat)",
                hint: "nothing was changed; export and import with the same version of trompe")
        }
        guard let header = decode(ExportHeader.self, payload) else { throw damaged }
        return header
    }

    /// The next piece; nil at the end of a file that is whole.
    func next() throws -> (ExportFrame, [UInt8])? {
        guard let head = try take(5), let frame = ExportFrame(rawValue: head[0]) else {
            throw damaged
        }
        let length = head[1...].reduce(0) { $0 << 8 | Int($1) }
        guard length <= ExportFrame.longest, let payload = try take(length) else { throw damaged }
        if frame == .digest {
            guard payload == digest.digest(), try take(1, isEnd: true) == nil else {
                throw damaged
            }
            return nil
        }
        digest.add(head)
        digest.add(payload)
        return (frame, payload)
    }

    /// What a piece says.
    func decode<Value: Decodable>(_ type: Value.Type, _ payload: [UInt8]) -> Value? {
        switch Result(catching: { try JSONDecoder().decode(type, from: Data(payload)) }) {
        case .success(let value): value
        case .failure: nil
        }
    }

    /// It is not as it was written.
    var damaged: ReplicationError {
        .fileRefused(
            file: name, because: "it is cut off or was altered: its sum is not right",
            hint: "nothing was changed; copy it again, or export again")
    }

    /// So many bytes; nil where there are fewer, which is the end or no whole file.
    private func take(_ count: Int, isEnd: Bool = false) throws -> [UInt8]? {
        while buffer.count - position < count {
            buffer.removeFirst(position)
            position = 0
            var more = [UInt8](repeating: 0, count: max(256 << 10, count - buffer.count))
            let got = more.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw PostgresError(
                    "\(name): \(String(cString: strerror(errno)))", database: "file")
            }
            guard got > 0 else {
                if isEnd { return nil }
                throw damaged
            }
            buffer += more.prefix(got)
        }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }
}
