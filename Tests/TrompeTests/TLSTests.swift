import Foundation
import Postgres
import TestSupport
import Testing

/// Encrypted connections, and servers that are not who they should be.
@Suite struct TLSTests {
    /// A server for `localhost` with a certificate of a test's own authority, and one for a password.
    private final class Server {
        let cluster: ThrowawayCluster
        let folder: String

        init() throws {
            cluster = try ThrowawayCluster(tcp: true)
            folder = cluster.directory + "/tls"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: false)
            for authority in ["right", "wrong"] {
                try openssl(
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "2", "-subj", "/CN=\(authority) authority", "-keyout",
                    "\(authority).key", "-out", "\(authority).crt")
            }
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
        }

        private func openssl(_ arguments: String...) throws {
            let places = arguments.map {
                $0.hasSuffix(".crt") || $0.hasSuffix(".key")
                    || $0.hasSuffix(".csr") ? "\(folder)/\($0)" : $0
            }
            let (status, _, errors) = try runProgram("/usr/bin/env", ["openssl"] + places)
            try #require(status == 0, "\(errors)")
        }

        /// The server's certificate becomes one that the right authority has signed.
        func present(days: Int) throws {
            try openssl(
                "x509", "-req", "-in", "server.csr", "-CA", "right.crt", "-CAkey", "right.key",
                "-CAcreateserial", "-days", "\(days)", "-out", "server.crt")
            let owner = try FileManager.default.attributesOfItem(
                atPath: cluster.directory + "/data")
            for name in ["server.crt", "server.key"] {
                let place = "\(cluster.directory)/data/\(name)"
                if FileManager.default.fileExists(atPath: place) {
                    try FileManager.default.removeItem(atPath: place)
                }
                try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: place)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600, .ownerAccountID: owner[.ownerAccountID] ?? 0],
                    ofItemAtPath: place)
            }
            try administer("alter system set ssl = on")
            try cluster.restart()
        }

        func administer(_ statement: String) throws {
            try Connection(cluster.conninfo()).script(statement)
        }

        /// How a user names a database of it.
        func conninfo(_ rest: String, host: String = "localhost") -> String {
            "host=\(host) hostaddr=127.0.0.1 port=\(cluster.port) user=postgres dbname=postgres "
                + "password=s3cr3t "
                + rest.replacing("CA", with: "\(folder)/right.crt")
                .replacing("OTHER", with: "\(folder)/wrong.crt")
        }
    }

    private static let hasTLS: Bool = {
        let server = try? Servers.first.get()
        let session = server.flatMap { try? Connection($0.conninfo()) }
        let rows = try? session?.query("select current_setting('ssl_library') as library")
        return (try? rows?.first?.string("library"))?.isEmpty == false
    }()

    @Test(.enabled(if: hasTLS, "the server was built without TLS"))
    func aServerMustBeWhoItShouldBe() throws {
        let server = try Server()
        let plain = server.conninfo("sslmode=disable")
        #expect(try Program.run("install", plain, "--node", "1").status == 0)

        let unencrypted = try status(server.conninfo("sslmode=require"))
        #expect(unencrypted.status == 1 && unencrypted.errors.contains("about encryption"))

        try server.present(days: 2)
        let full = server.conninfo("sslmode=verify-full sslrootcert=CA")
        #expect(try status(full).status == 0)
        let session = try Connection(full)
        let used = try session.query(
            "select ssl from pg_stat_ssl where pid = pg_backend_pid()")
        #expect(try used.first?.bool("ssl") == true)
        session.close()
        #expect(try status(server.conninfo("sslmode=require")).status == 0)
        #expect(
            try status(server.conninfo("sslmode=verify-ca sslrootcert=CA", host: "other")).status
                == 0)

        for wrong in [
            server.conninfo("sslmode=verify-full sslrootcert=OTHER"),
            server.conninfo("sslmode=verify-ca sslrootcert=OTHER"),
            server.conninfo("sslmode=verify-full sslrootcert=CA", host: "elsewhere"),
            server.conninfo("sslmode=verify-full sslrootcert=/nonexistent"),
            server.conninfo("sslmode=require sslrootcert=OTHER"),
        ] { try expectRefusal(wrong) }

        // The message is libpq's own; the hint ours.
        let elsewhere = try status(
            server.conninfo("sslmode=verify-full sslrootcert=CA", host: "elsewhere"))
        #expect(elsewhere.errors.contains("elsewhere") && elsewhere.errors.contains("hint: "))

        try server.present(days: -1)
        try expectRefusal(full)
        try expectRefusal(server.conninfo("sslmode=verify-ca sslrootcert=CA"))

        // A server that is not there is another matter.
        try server.cluster.stop()
        #expect(try status(full).status == 75)
        try server.cluster.remove()
    }

    /// A line that breaks while encryption is negotiated says nothing of certificates.
    @Test func anEndOfTheLineIsNoWrongCertificate() throws {
        let (listener, port) = try Self.listen()
        defer { close(listener) }
        Thread.detachNewThread {
            // Until the listener is closed.
            while case let socket = accept(listener, nil, nil), socket >= 0 {
                var request = [UInt8](repeating: 0, count: 8)
                recv(socket, &request, 8, 0)
                close(socket)
            }
        }
        let run = try status("host=127.0.0.1 port=\(port) user=postgres sslmode=require")
        #expect(run.status == 75, "\(run.errors)")
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func listen() throws -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(listener, general, size) == 0 ? getsockname(listener, general, &size) : -1
            }
        }
        try #require(status == 0 && Foundation.listen(listener, 5) == 0)
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    @Test func aWrongPasswordIsNotRepeated() throws {
        let server = try ThrowawayCluster(tcp: true)
        defer { try? server.remove() }
        let session = try Connection(server.conninfo())
        try session.script(
            "set password_encryption = 'scram-sha-256'; create role me login password 'other'")
        let place = server.directory + "/data/pg_hba.conf"
        let file = try #require(FileHandle(forWritingAtPath: place))
        try file.truncate(atOffset: 0)
        file.write(Data("host all me 127.0.0.1/32 scram-sha-256\nlocal all all trust\n".utf8))
        file.closeFile()
        try session.script("select pg_reload_conf()")
        session.close()
        try server.restart()
        for database in [
            "host=127.0.0.1 port=\(server.port) user=me dbname=postgres password=s3cr3t",
            "postgresql://me:s3cr3t@127.0.0.1:\(server.port)/postgres",
        ] {
            let run = try Program.run("sync", database, database, "--verbose", "--json")
            #expect(run.status == 1)
            #expect(run.errors.contains("hint: put the password into ~/.pgpass"))
            #expect(!(run.errors + run.output).contains("s3cr3t"))
        }
    }

    private func status(_ database: String) throws -> Program.Run {
        try Program.run("status", database)
    }

    private func expectRefusal(_ database: String) throws {
        let run = try status(database)
        #expect(run.status == 1, "\(database): \(run.errors)")
        #expect(run.errors.contains("hint: the two do not agree about encryption, or the server's"))
        #expect(run.output == "" && !run.errors.contains("s3cr3t"))
    }
}
