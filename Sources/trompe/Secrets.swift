#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Passwords on the command line, where they do not belong: whoever lists the processes sees them,
/// and messages about a wrong command line quote it.
enum Secrets {
    /// Writes over the passwords in this process's list of arguments. Before this, for a moment,
    /// they can be seen.
    static func hideArguments() {
        // Read once, Swift keeps a copy.
        let count = CommandLine.arguments.count
        for index in 1..<max(count, 1) {
            guard let argument = CommandLine.unsafeArgv[index] else { continue }
            let bytes = UnsafeMutableBufferPointer(start: argument, count: strlen(argument))
            for place in secrets(in: bytes.map { UInt8(bitPattern: $0) }) {
                for offset in place { bytes[offset] = CChar(UInt8(ascii: "*")) }
            }
        }
    }

    /// A text that may quote the command line, without its passwords.
    static func scrubbed(_ text: String) -> String {
        CommandLine.arguments.reduce(text) { text, argument in
            let hidden = masked(argument)
            return hidden == argument ? text : text.replacing(argument, with: hidden)
        }
    }

    /// An argument with stars for its passwords.
    static func masked(_ argument: String) -> String {
        var bytes = Array(argument.utf8)
        for place in secrets(in: bytes) {
            bytes.replaceSubrange(place, with: repeatElement(UInt8(ascii: "*"), count: place.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Where passwords stand, rather too much than too little: in a URI, with or without its
    /// beginning, between the colon and the last `@`; and everything behind `password=`, which
    /// others may follow. libpq also reads `%70assword`, so that parameters with a `%` are hidden.
    private static func secrets(in bytes: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        // One character a byte.
        let plain = bytes.map { byte -> UInt8 in byte < 0x20 ? 0x20 : byte < 0x80 ? byte : 0x78 }
        let text = String(decoding: plain, as: UTF8.self)
        let characters = Array(text.lowercased())
        func range(_ found: Range<String.Index>) -> Range<Int> {
            let start = text.utf8.distance(from: text.startIndex, to: found.lowerBound)
            let end = text.utf8.distance(from: text.startIndex, to: found.upperBound)
            return start..<end
        }
        let scheme = text.firstRange(of: "://").map(range)?.upperBound
        let start = scheme ?? 0
        if let end = characters.lastIndex(of: "@"),
            let colon = characters[start...].firstIndex(of: ":"), colon < end
        {
            places.append(colon + 1..<end)
        }
        if let key = text.firstRange(of: #/(?i)password\s*=/#).map(range) {
            places.append(key.upperBound..<bytes.count)
        }
        if scheme != nil, let query = characters.firstIndex(of: "?"),
            characters[query...].contains("%")
        {
            places.append(query + 1..<bytes.count)
        }
        return places
    }
}
