import Foundation
import TestSupport
import Testing

/// What a service manager is told, and what its journal gets.
@Suite struct WatchServiceTests {
    /// A socket as systemd opens it for a service.
    private final class NotifySocket {
        let path = NSTemporaryDirectory() + "/notify-" + UUID().uuidString.prefix(8)
        private let handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        private var heard = ""

        init() throws {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = path
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let status = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(handle, $0, size) }
            }
            try #require(status == 0)
        }

        deinit {
            close(handle)
            unlink(path)
        }

        /// All that was sent so far, message by message.
        func text() -> String {
            var bytes = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = recv(handle, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return heard }
                heard += String(decoding: bytes[..<count], as: UTF8.self) + "\n"
            }
        }
    }

    @Test func systemdIsToldOfTheBeginningOfLifeAndOfTheEnd() throws {
        try withLinked(2) { tree in
            let socket = try NotifySocket()
            var services = tree.services
            services["b"] = "host=/nonexistent dbname=away"
            let run = try WatchRun(["a", "b", "--watch=0.1"], services: services) { _ in
                ["NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "300000"]
            }
            try run.eventually("READY=1") { socket.text().contains("READY=1\n") ? 1 : nil }
            try run.eventually("a status") {
                socket.text().contains("STATUS=1 edge, 1 in trouble; a - b: b: ") ? 1 : nil
            }
            try run.eventually("signs of life") {
                socket.text().ranges(of: "WATCHDOG=1\n").count > 3 ? 1 : nil
            }
            #expect(run.end() == 0)
            #expect(socket.text().contains("STOPPING=1\n"))
        }
    }

    /// The journal is recognised by the number of the file behind stderr.
    @Test func theJournalGetsPrioritiesAndNobodyElse() throws {
        try withLinked(2) { tree in
            try tree[1].psql("insert into note values (1, 'x')")
            for isJournal in [true, false] {
                try tree[1].psql("update note set text = text || 'x'")
                let text = ["a", "b", "--watch", "--log-format", "text"]
                let run = try WatchRun(text, services: tree.services) { errors in
                    var status = stat()
                    stat(errors, &status)
                    let inode = status.st_ino + (isJournal ? 0 : 1)
                    return ["JOURNAL_STREAM": "\(status.st_dev):\(inode)"]
                }
                try run.eventually("a row") { run.errors.contains("moved 1 row") ? 1 : nil }
                #expect(run.end() == 0)
                let lines = run.errors.split(separator: "\n")
                let start = isJournal ? try Regex("^<[346]>") : try Regex("^2[-0-9]{9}T[:.0-9]+Z ")
                #expect(lines.allSatisfy { $0.contains(start) }, "\(run.errors)")
                #expect(lines[0].contains("keeping a and b level, every 10 s"))
                #expect(lines.last?.hasSuffix("stopped") == true)
                #expect(!run.errors.contains("\u{1B}"))
            }
        }
    }
}
