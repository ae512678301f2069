/// Rows of a COPY in binary format, held in memory: what came is sent on, in whole or column by column.
///
/// The format is that of the manual's page on COPY: a row is a number of fields (2 bytes), and each field
/// a length (4 bytes, -1 for NULL) with as many bytes.
public struct BinaryRows: Sendable {
    /// What stands in a row that is sent.
    public enum Part: Sendable {
        /// These fields of the row, from 0, NULLs too.
        case fields(Range<Int>)
        /// The same value in every row, as its type writes it in binary.
        case constant([UInt8])
    }

    /// All rows, one behind the other.
    private(set) var bytes: [UInt8] = []
    /// How many there are.
    public private(set) var count = 0
    /// How many bytes they take.
    public var size: Int { bytes.count }

    mutating func append(_ row: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: row)
        count += 1
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        count = 0
    }

    /// Hands over the bytes of one field of each row; nil for NULL.
    public func forEach(field number: Int, _ body: (UnsafeRawBufferPointer?) -> Void) {
        bytes.withUnsafeBytes { all in
            var place = 0
            while place < all.count {
                let fields = Self.fieldCount(all, place)
                place += 2
                for field in 0..<fields {
                    let length = Self.length(all, place)
                    place += 4
                    if field == number {
                        let end = place + max(length, 0)
                        body(length < 0 ? nil : UnsafeRawBufferPointer(rebasing: all[place..<end]))
                    }
                    place += max(length, 0)
                }
            }
        }
    }

    /// Writes the rows anew, each of these parts.
    ///
    /// - Parameter piece: gets the bytes, some 64 kB at a time.
    func write(_ parts: [Part], piece: (UnsafeRawBufferPointer) throws -> Void) throws {
        let fieldCount = parts.reduce(0) { sum, part in
            if case .fields(let range) = part { sum + range.count } else { sum + 1 }
        }
        let constants = parts.map { part -> [UInt8] in
            guard case .constant(let value) = part else { return [] }
            return Self.bytes(Int32(value.count)) + value
        }
        let head = Self.bytes(Int16(fieldCount))
        var out: [UInt8] = []
        out.reserveCapacity(1 << 17)
        try bytes.withUnsafeBytes { all in
            var starts: [Int] = []
            var place = 0
            while place < all.count {
                let fields = Self.fieldCount(all, place)
                place += 2
                starts.removeAll(keepingCapacity: true)
                for _ in 0..<fields {
                    starts.append(place)
                    place += 4 + max(Self.length(all, place), 0)
                }
                starts.append(place)
                out.append(contentsOf: head)
                for (index, part) in parts.enumerated() {
                    if case .fields(let range) = part {
                        out.append(
                            contentsOf: all[starts[range.lowerBound]..<starts[range.upperBound]])
                    } else {
                        out.append(contentsOf: constants[index])
                    }
                }
                if out.count >= 1 << 16 {
                    try out.withUnsafeBytes(piece)
                    out.removeAll(keepingCapacity: true)
                }
            }
        }
        if !out.isEmpty { try out.withUnsafeBytes(piece) }
    }

    private static func fieldCount(_ all: UnsafeRawBufferPointer, _ place: Int) -> Int {
        Int(Int16(bigEndian: all.loadUnaligned(fromByteOffset: place, as: Int16.self)))
    }

    private static func length(_ all: UnsafeRawBufferPointer, _ place: Int) -> Int {
        Int(Int32(bigEndian: all.loadUnaligned(fromByteOffset: place, as: Int32.self)))
    }

    /// A number as PostgreSQL writes it in binary.
    public static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}

/// What stands before the first row of a file in binary format, and behind the last.
enum BinaryFile {
    /// A signature of 11 bytes, flags, and the length of an extension that no server writes.
    static let headLength = 19
    static let head: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [0, 0, 0, 0] + [0, 0, 0, 0]
    /// A number of columns that no row has.
    static let trailer: [UInt8] = [0xFF, 0xFF]
}

extension Connection {
    /// Receives the data of a COPY ... TO STDOUT in binary format in pieces, which are held in memory.
    /// While the body waits for `target`, the next rows are read ahead.
    ///
    /// - Parameters:
    ///   - query: the whole COPY ... TO STDOUT with (format binary), without parameters.
    ///   - target: the connection that the body works on.
    ///   - pieces: how large they are.
    ///   - body: gets each piece, and the last one whatever its size, if it has rows.
    public func copyOutPieces(
        _ query: SQL, beside target: Connection, pieces: CopyPieces,
        _ body: (BinaryRows) throws -> Void
    ) throws {
        var piece = BinaryRows()
        var sent = 0
        var isFirst = true
        target.companion = self
        defer { target.companion = nil }
        try copyOut(query) { data in
            var rest = data
            if isFirst {
                rest = UnsafeRawBufferPointer(rebasing: data.dropFirst(BinaryFile.headLength))
                isFirst = false
            }
            if rest.isEmpty || rest.elementsEqual(BinaryFile.trailer) { return }
            piece.append(rest)
            guard piece.size >= pieces.next(after: sent) else { return }
            sent += piece.size
            try body(piece)
            piece.removeAll()
        }
        if piece.count > 0 { try body(piece) }
    }

    /// Sends rows that are held in memory to a COPY ... FROM STDIN with (format binary).
    ///
    /// - Parameter parts: what is sent of each row.
    /// - Returns: how many rows the server wrote.
    public func copyIn(
        _ statement: SQL, rows: BinaryRows, _ parts: [BinaryRows.Part]
    ) throws -> Int {
        try beginCopyIn(statement)
        do {
            try BinaryFile.head.withUnsafeBytes { try sendCopyData($0) }
            try rows.write(parts) { try sendCopyData($0) }
            try BinaryFile.trailer.withUnsafeBytes { try sendCopyData($0) }
        } catch is ReceiverStopped {
            throw abortCopyIn(statement)
        }
        return try finishCopyIn(statement)
    }
}
