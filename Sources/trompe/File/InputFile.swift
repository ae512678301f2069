import Foundation
import Postgres
import Replication

/// A file that is read more than once: as it is, or what gzip, age and gpg have made of it, which is in a file
/// without a name then and goes with the process.
final class InputFile {
    /// What messages call it.
    let name: String
    private(set) var descriptor: Int32
    /// The keys by which what it holds was signed: full fingerprints.
    private(set) var signers: Set<String> = []

    /// - Parameters:
    ///   - path: a file, or `-` for stdin.
    ///   - identity: the file with age's identity.
    init(_ path: String, identity: String?) throws {
        name = path == "-" ? "stdin" : path
        if path == "-" {
            descriptor = try Self.nameless()
            try copyStandardInput()
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.error("read \(path)") }
        }
        // A signature, what is encrypted within or around it, and what is compressed within both.
        for _ in 0..<5 {
            switch try beginning() {
            case .age: try unwrap(age(identity))
            case .gpg: try unwrapSigned()
            case .gzip: try unpack()
            case .plain: return
            }
        }
    }

    deinit { close(descriptor) }

    /// Refuses what none of some keys has signed: what a file says is carried out.
    ///
    /// - Parameter trusted: fingerprints.
    func check(signedBy trusted: [String]) throws {
        let wanted = Set(
            trusted.map { $0.filter { !$0.isWhitespace }.uppercased() })
        guard signers.isDisjoint(with: wanted) else { return }
        let isSigned = !signers.isEmpty
        throw ReplicationError.fileRefused(
            file: name,
            because: isSigned
                ? "it is signed by \(signers.sorted().joined(separator: ", ")), which is not trusted"
                : "it is not signed, and what a file says is carried out",
            hint: isSigned
                ? "nothing was changed; if that is the key of whoever exported it: --trust FINGERPRINT"
                : "nothing was changed; export with --sign, and import with --trust FINGERPRINT; or "
                    + "with --unsigned, where nobody else can have written it")
    }

    // MARK: - Unwrapping

    private enum Beginning {
        case age
        case gpg
        case gzip
        case plain
    }

    private func beginning() throws -> Beginning {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw Self.error("read \(name)") }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        if text.hasPrefix("age-encryption.org/") || text.hasPrefix("-----BEGIN AGE ENCRYPTED") {
            return .age
        }
        if bytes.prefix(count).starts(with: [0x1f, 0x8b]) { return .gzip }
        // The first bit of each packet of OpenPGP is set, and of no text that we begin with.
        if text.hasPrefix("-----BEGIN PGP MESSAGE") || count > 0 && bytes[0] & 0x80 != 0 {
            return .gpg
        }
        return .plain
    }

    private func age(_ identity: String?) throws -> [String] {
        guard let identity else {
            throw ReplicationError.fileRefused(
                file: name, because: "it is encrypted by age",
                hint: "nothing was changed; give the file with the identity: --identity FILE")
        }
        return ["age", "--decrypt", "--identity", identity]
    }

    private func unpack() throws {
        do {
            try unwrap(["gzip", "-dc"])
        } catch let error as PostgresError where error.detail != nil {
            throw ReplicationError.fileRefused(
                file: name, because: "it is cut off or was altered: \(error.detail ?? "")",
                hint: "nothing was changed; copy it again, or export again")
        }
    }

    private func unwrapSigned() throws {
        let folder = try FileManager.default.url(
            for: .itemReplacementDirectory, in: .userDomainMask,
            appropriateFor: FileManager.default.temporaryDirectory, create: true)
        defer { _ = Result { try FileManager.default.removeItem(at: folder) } }
        let status = folder.appending(path: "status").path
        try unwrap(["gpg", "--batch", "--status-file", status, "--decrypt"])
        let lines = try String(contentsOfFile: status, encoding: .utf8).split(separator: "\n")
        let said = lines.map { $0.split(separator: " ").map(String.init) }
            .filter { $0.count > 1 && $0[0] == "[GNUPG:]" }
        let words = Set(said.map { $0[1] })
        let bad = ["BADSIG", "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG"]
        guard words.isDisjoint(with: bad) else {
            throw ReplicationError.fileRefused(
                file: name, because: "its signature is not good",
                hint: "nothing was changed; see what gpg --verify says of it")
        }
        guard words.contains("GOODSIG") else { return }
        for words in said where words[1] == "VALIDSIG" && words.count > 2 {
            // The key that signed, and the one that it belongs to.
            signers.formUnion([words[2], words[words.count - 1]])
        }
    }

    private func unwrap(_ command: [String]) throws {
        let plain = try Self.nameless()
        do {
            guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.error("read \(name)") }
            try PipedPrograms(
                [command], from: descriptor, to: plain,
                hint:
                    "nothing was changed; see that the file is whole, that this key opens it, and that "
                    + "there is room in TMPDIR"
            ).finish()
        } catch {
            close(plain)
            throw error
        }
        close(descriptor)
        descriptor = plain
    }

    // MARK: - Files

    private static func nameless() throws -> Int32 {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "trompe-import-\(UUID().uuidString)").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw error("write \(path)") }
        unlink(path)
        return descriptor
    }

    private func copyStandardInput() throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                read(STDIN_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Self.error("read stdin") }
            guard count > 0 else { return }
            try FileHandle(fileDescriptor: descriptor).write(contentsOf: buffer.prefix(count))
        }
    }

    private static func error(_ what: String) -> PostgresError {
        PostgresError(
            "cannot \(what): \(String(cString: strerror(errno)))", hint: "nothing was changed",
            database: "file")
    }
}
