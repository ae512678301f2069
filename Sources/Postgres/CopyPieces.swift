/// How large the pieces of a COPY are that is completed bit by bit.
public struct CopyPieces: Sendable, Hashable {
    /// The bytes of the first ones.
    public var smallest: Int
    /// No piece is larger than this, but for its last row.
    public var largest: Int

    /// Sizes in bytes.
    public init(smallest: Int, largest: Int) {
        self.smallest = smallest
        self.largest = largest
    }

    /// The size of the next piece where `sent` bytes have gone over this connection: an eighth of
    /// them, so that a cut never costs more than that, and a long stream waits for few answers.
    func next(after sent: Int) -> Int { min(max(smallest, sent / 8), largest) }
}

extension Connection {
    /// Streams a COPY ... TO STDOUT here into several COPY ... FROM STDIN there, one after the other:
    /// outside a transaction each is committed by itself, and what has gone over stays when the
    /// link drops. Where this side is lost, the rows that have arrived whole are completed, too.
    ///
    /// - Parameters:
    ///   - query: the whole COPY ... TO STDOUT, without parameters.
    ///   - target: the connection that receives.
    ///   - statement: the whole COPY ... FROM STDIN, without parameters, in the same format.
    ///   - isBinary: whether that is the binary one.
    ///   - pieces: how large they are.
    ///   - completed: told of each piece that is safe on the other side. While it waits for `target`,
    ///     the next rows are read ahead.
    public func copyInPieces(
        _ query: SQL, to target: Connection, into statement: SQL, isBinary: Bool,
        pieces: CopyPieces, completed: @escaping (CopyCount) throws -> Void
    ) throws {
        let writer = PieceWriter(
            target: target, statement: statement, isBinary: isBinary, pieces: pieces,
            completed: completed)
        target.companion = self
        defer { target.companion = nil }
        do {
            try copyOut(query) { try writer.write($0) }
            try writer.end()
        } catch is ReceiverStopped {
            throw target.abortCopyIn(statement)
        } catch {
            // The error that led here matters more than one of the piece that was under way.
            do { try writer.end() } catch {}
            throw error
        }
    }
}

/// Distributes the rows of one COPY over several.
private final class PieceWriter {
    private let target: Connection
    private let statement: SQL
    private let isBinary: Bool
    private let pieces: CopyPieces
    private let completed: (CopyCount) throws -> Void

    /// What stands before the first row of a file in binary format, taken from the source's.
    private var head: [UInt8]?
    private var isOpen = false
    private var rows = 0
    private var bytes = 0
    private var sent = 0

    init(
        target: Connection, statement: SQL, isBinary: Bool, pieces: CopyPieces,
        completed: @escaping (CopyCount) throws -> Void
    ) {
        self.target = target
        self.statement = statement
        self.isBinary = isBinary
        self.pieces = pieces
        self.completed = completed
    }

    /// Takes one message of the source: a row, before the first of which the head may stand; or the
    /// trailer.
    func write(_ data: UnsafeRawBufferPointer) throws {
        guard isBinary else { return try row(data) }
        var rest = data
        if head == nil {
            head = Array(data.prefix(BinaryFile.headLength))
            rest = UnsafeRawBufferPointer(rebasing: data.dropFirst(BinaryFile.headLength))
        }
        if rest.isEmpty || rest.elementsEqual(BinaryFile.trailer) { return }
        try row(rest)
    }

    private func row(_ data: UnsafeRawBufferPointer) throws {
        if !isOpen {
            try target.beginCopyIn(statement)
            isOpen = true
            try head?.withUnsafeBytes { try target.sendCopyData($0) }
        }
        try target.sendCopyData(data)
        rows += 1
        bytes += data.count
        if rows.isMultiple(of: 1024) { try target.checkCopyIn() }
        if bytes >= pieces.next(after: sent) { try end() }
    }

    /// Ends the piece that is under way, if one is.
    func end() throws {
        guard isOpen else { return }
        isOpen = false
        if isBinary { try BinaryFile.trailer.withUnsafeBytes { try target.sendCopyData($0) } }
        let count = CopyCount(rows: try target.finishCopyIn(statement), bytes: bytes)
        sent += bytes
        (rows, bytes) = (0, 0)
        try completed(count)
    }
}
