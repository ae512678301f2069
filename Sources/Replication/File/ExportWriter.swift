import Foundation
import Postgres

/// Writes the pieces of a file, and the sum over all of them.
final class ExportWriter {
    private let descriptor: Int32
    private var digest = SHA256()
    private var buffer: [UInt8] = []
    /// Rows that belong to one piece, until it is large enough.
    private var rows: [UInt8] = []

    private static let pieceBytes = 256 << 10

    /// - Parameter descriptor: where to; it stays open.
    init(to descriptor: Int32) throws {
        self.descriptor = descriptor
        try add(Array(ExportHeader.magic.utf8))
    }

    func write(_ header: ExportHeader) throws {
        try write(.header, JSONEncoder().encode(header))
    }

    func write(_ table: ExportedTable) throws {
        try write(.table, JSONEncoder().encode(table))
    }

    /// Rows of the last table.
    func write(rows data: UnsafeRawBufferPointer) throws {
        rows += data
        if rows.count >= Self.pieceBytes { try flushRows() }
    }

    func endTable() throws {
        try flushRows()
        try write(.endOfTable, [])
    }

    private func flushRows() throws {
        // One row can be longer than a piece may be.
        for start in stride(from: 0, to: rows.count, by: ExportFrame.longest / 2) {
            try write(.data, rows[start..<min(rows.count, start + ExportFrame.longest / 2)])
        }
        rows.removeAll(keepingCapacity: true)
    }

    func write(_ frame: ExportFrame, _ payload: some Collection<UInt8>) throws {
        guard payload.count <= ExportFrame.longest else {
            throw PostgresError("a statement of the schema is too long", database: "file")
        }
        let length = UInt32(payload.count)
        try add(
            [frame.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
        try add(payload)
    }

    /// The sum: without it the file is not whole.
    func end() throws {
        let sum = digest.digest()
        try write(.digest, sum)
        try flush()
    }

    private func add(_ data: some Collection<UInt8>) throws {
        digest.add(data)
        buffer += data
        if buffer.count >= Self.pieceBytes { try flush() }
    }

    private func flush() throws {
        var start = 0
        while start < buffer.count {
            let written = buffer.withUnsafeBytes { data in
                Foundation.write(
                    descriptor, data.baseAddress?.advanced(by: start), data.count - start)
            }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else {
                throw PostgresError(
                    "cannot write: \(String(cString: strerror(errno)))", database: "file")
            }
            start += written
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
