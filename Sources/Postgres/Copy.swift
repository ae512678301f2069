/// How much a COPY moved.
public struct CopyCount: Sendable, Hashable {
    /// Rows, as the receiving server counted them.
    public var rows: Int
    /// Bytes of COPY data, without the protocol's own.
    public var bytes: Int
}

extension Connection {
    /// Streams a COPY ... TO STDOUT here into a COPY ... FROM STDIN there, in either format, which
    /// must be the same on both sides. The bytes pass through unread and memory stays small
    /// whatever the size.
    ///
    /// When one side fails, the other is stopped, and the error of the side that failed is thrown;
    /// both connections can be used again, inside a transaction after its rollback. What the
    /// source did not send to its end is never completed on the target.
    ///
    /// - Parameters:
    ///   - query: the whole COPY ... TO STDOUT, without parameters, which COPY cannot take.
    ///   - target: the connection that receives.
    ///   - statement: the whole COPY ... FROM STDIN, without parameters.
    ///   - progress: told now and then how many rows have passed, and once at the end.
    @discardableResult
    public func copy(
        _ query: SQL, to target: Connection, into statement: SQL,
        progress: ((Int) -> Void)? = nil
    ) throws -> CopyCount {
        var messages = 0
        var bytes = 0
        try target.beginCopyIn(statement)
        do {
            try copyOut(query) { data in
                try target.sendCopyData(data)
                bytes += data.count
                messages += 1
                if messages.isMultiple(of: 1024) {
                    try target.checkCopyIn()
                    progress?(messages)
                }
            }
        } catch is ReceiverStopped {
            throw target.abortCopyIn(statement)
        } catch {
            _ = target.abortCopyIn(statement)
            throw error
        }
        let rows = try target.finishCopyIn(statement)
        progress?(rows)
        return CopyCount(rows: rows, bytes: bytes)
    }

    /// Sends lines to a COPY ... FROM STDIN in text format.
    ///
    /// - Parameter lines: one a row, without the line end, its values escaped as COPY wants them.
    /// - Returns: how many rows were written.
    @discardableResult
    public func copyIn(_ statement: SQL, lines: some Sequence<String>) throws -> Int {
        try beginCopyIn(statement)
        do {
            for line in lines {
                var bytes = line + "\n"
                try bytes.withUTF8 { try sendCopyData(UnsafeRawBufferPointer($0)) }
            }
        } catch is ReceiverStopped {
            throw abortCopyIn(statement)
        }
        return try finishCopyIn(statement)
    }

    /// Sends data, in whatever pieces it comes, to a COPY ... FROM STDIN in either format.
    ///
    /// - Parameter next: the next piece; nil at the end. An error that it throws stops the COPY.
    /// - Returns: how many rows were written.
    @discardableResult
    public func copyIn(_ statement: SQL, pieces next: () throws -> [UInt8]?) throws -> Int {
        try beginCopyIn(statement)
        do {
            while let piece = try next() {
                try piece.withUnsafeBytes { try sendCopyData($0) }
                try checkCopyIn()
            }
        } catch is ReceiverStopped {
            throw abortCopyIn(statement)
        } catch {
            _ = abortCopyIn(statement)
            throw error
        }
        return try finishCopyIn(statement)
    }

    /// Receives the data of a COPY ... TO STDOUT, row by row: in text format a line with its line
    /// end, in binary format a row, with the file's head before the first and its tail by itself.
    /// An error of the body stops the COPY and is thrown.
    ///
    /// - Parameter line: gets each row; the bytes are gone when it returns.
    /// - Returns: how many rows were read.
    @discardableResult
    public func copyOut(
        _ query: SQL, _ line: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        try beginCopyOut(query)
        do {
            while try receiveCopyData(line) {}
        } catch {
            abortCopyOut(query)
            throw error
        }
        return try finish(query)
    }
}
