import Foundation

/// One way of a connection through a proxy: bytes come in, are cut into messages, and go out once
/// they were accepted. See "Message Formats" in PostgreSQL's manual.
final class ProxyStream {
    /// A message in the buffer.
    struct Message {
        /// The letter that says what it is.
        let type: UInt8
        /// Where it begins in the buffer.
        let start: Int
        /// All its bytes, with the letter.
        let length: Int
        /// How the statement begins that ends here, where the messages say which it is.
        let statement: String?
    }

    private let source: Int32
    private let sink: Int32
    private var buffer: UnsafeMutableRawPointer
    private var capacity = 65_536
    /// The buffer holds what was accepted, then what was parsed and is held, then what was not
    /// looked at yet.
    private var accepted = 0
    private var parsed = 0
    private var filled = 0
    private var statement: String?

    init(from source: Int32, to sink: Int32) {
        self.source = source
        self.sink = sink
        buffer = .allocate(byteCount: capacity, alignment: 1)
    }

    deinit { buffer.deallocate() }

    /// How many bytes wait to be sent.
    var acceptedCount: Int { accepted }

    /// Waits for more; false at the end of the stream.
    func fill() -> Bool {
        if filled == capacity {
            capacity *= 2
            let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
            larger.copyMemory(from: buffer, byteCount: filled)
            buffer.deallocate()
            buffer = larger
        }
        let count = recv(source, buffer + filled, capacity - filled, 0)
        guard count > 0 else { return false }
        filled += count
        return true
    }

    /// The next whole message; nil where more must come first.
    func next() -> Message? {
        guard filled - parsed >= 5 else { return nil }
        let length = 1 + number(at: parsed + 1)
        guard filled - parsed >= length else { return nil }
        let type = byte(at: parsed)
        if type == UInt8(ascii: "Q") { statement = text(at: parsed + 5, limit: parsed + length) }
        if type == UInt8(ascii: "P") {
            // After the name of the prepared statement, which libpq leaves empty.
            statement = text(at: parsed + 6, limit: parsed + length)
        }
        let message = Message(
            type: type, start: parsed, length: length, statement: statement)
        parsed += length
        if "QS".utf8.contains(type) { statement = nil }
        return message
    }

    /// Lets a message go on with the next flush; if held, only with the next one that is not.
    func accept(_ message: Message, held: Bool) {
        if !held { accepted = message.start + message.length }
    }

    /// Lets half of a message go on.
    func acceptHalf(_ message: Message) {
        accepted = message.start + message.length / 2
    }

    /// Sends what was accepted; false where nobody takes it any more.
    func flush() -> Bool {
        var sent = 0
        while sent < accepted {
            let count = send(sink, buffer + sent, accepted - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            sent += count
        }
        guard accepted > 0 else { return true }
        memmove(buffer, buffer + accepted, filled - accepted)
        filled -= accepted
        parsed -= accepted
        accepted = 0
        return true
    }

    /// The beginning of a connection, whose messages have no letter: declines encryption, and passes
    /// the rest on.
    func passStartup() -> Bool {
        while true {
            while filled < 8 || filled < number(at: 0) {
                guard fill() else { return false }
            }
            let length = number(at: 0)
            let code = number(at: 4)
            guard code == 80_877_103 || code == 80_877_104 else {
                parsed = length
                accepted = length
                return flush()
            }
            var no = UInt8(ascii: "N")
            guard send(source, &no, 1, Int32(MSG_NOSIGNAL)) == 1 else { return false }
            memmove(buffer, buffer + length, filled - length)
            filled -= length
        }
    }

    private func byte(at offset: Int) -> UInt8 {
        buffer.load(fromByteOffset: offset, as: UInt8.self)
    }

    private func number(at offset: Int) -> Int {
        (0..<4).reduce(0) { $0 << 8 | Int(byte(at: offset + $1)) }
    }

    private func text(at start: Int, limit: Int) -> String {
        let bytes = (start..<min(limit, start + 200)).map { byte(at: $0) }.prefix { $0 != 0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}
