import Foundation
import Postgres
import TestSupport
import Testing

@testable import trompe

/// Where a password that was given on the command line does not turn up.
@Suite struct PasswordTests {
    private let secret = "s3cr3t"

    @Test func theListOfProcessesDoesNotShowIt() throws {
        try withTree(2, schema: "create table note (id int primary key);", installing: false) {
            tree in
            for node in tree.nodes {
                _ = try Program.run(
                    "install", "\(node.conninfo)", "--node", "\(node.number)", "--name", node.letter
                )
            }
            _ = try Program.run("link", tree[1].conninfo, tree[2].conninfo)
            try tree[1].psql("insert into note values (1)")
            let holder = try Connection(tree[2].conninfo)
            try holder.script("begin; lock table public.note in access exclusive mode")
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try Program.path.get())
            process.arguments = [
                "sync", "--lock-timeout", "60", "\(tree[1].conninfo) password=\(secret)",
                uri(tree[2]),
            ]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            // It is in the midst of its work by then, whatever that waits for.
            _ = try tree[2].waitForBlockedAgent()
            let shown = try Self.commandLine(of: process.processIdentifier)
            try holder.script("rollback")
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            #expect(!shown.contains(secret))
            #expect(shown.contains("sync") && shown.contains(" password=***"))
            #expect(shown.contains("postgresql://postgres:******@"))
        }
    }

    /// What a database remembers of its neighbour could lead the agent, with a password of this
    /// user's, to another server.
    @Test func aNeighbourIsReachedByTheNameOfAServiceOnly() throws {
        try withTree(2, schema: "create table note (id int primary key);", installing: false) {
            tree in
            for name in ["a", "b"] {
                let node = tree[name == "a" ? 1 : 2]
                _ = try Program.run(
                    "install", name, "--node", "\(node.number)", services: tree.services)
            }
            #expect(try Program.run("link", "a", "b", services: tree.services).status == 0)
            #expect(try Program.run("sync", "a", services: tree.services).status == 0)
            for elsewhere in ["service=b application_name=elsewhere", "postgresql://?service=b"] {
                try tree[1].psql("update replication.neighbour set service = '\(elsewhere)'")
                let run = try Program.run("sync", "a", services: tree.services)
                #expect(run.status == 1)
                #expect(run.errors.contains("knows no service name of"))
            }
        }
    }

    private func uri(_ node: TestNode) -> String {
        let words = node.conninfo.split(separator: " ").map { $0.split(separator: "=")[1] }
        let host = words[0].replacing("/", with: "%2F")
        return "postgresql://postgres:\(secret)@\(host):\(words[1])/"
            + words[3].replacing("'", with: "")
    }

    private static func commandLine(of process: Int32) throws -> String {
        let (status, output, errors) = try runProgram(
            "/bin/ps", ["-o", "args=", "-ww", "-p", "\(process)"])
        #expect(status == 0, "\(errors)")
        return output
    }

    static let arguments: [(String, String)] = [
        ("host=x password=s3cr3t user=me", "host=x password=**************"),
        ("password = 's3cr3t'", "password =*********"),
        ("sslpassword=s3cr3t", "sslpassword=******"),
        ("postgresql://me:s3cr3t@host/db", "postgresql://me:******@host/db"),
        ("postgres://me:s3c@r3t@host:5432/db", "postgres://me:*******@host:5432/db"),
        (
            "postgresql://host/db?user=x&password=s3cr3t",
            "postgresql://host/db?user=x&password=******"
        ),
        ("postgresql://host/db?%70assword=s3cr3t", "postgresql://host/db?*****************"),
        ("me:s3cr3t@host/db", "me:******@host/db"),
        ("host=x\r\npassword=s3cr3t", "host=x\r\npassword=******"),
        ("password=süß", "password=*****"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("laptop", "laptop"), ("--lock-timeout", "--lock-timeout"),
    ]

    @Test(arguments: arguments)
    func onlyTheSecretIsHidden(argument: String, masked: String) {
        #expect(Secrets.masked(argument) == masked)
    }

    /// Messages about the command line quote what they do not understand.
    @Test(arguments: [
        ["sync", "a", "b", "postgresql://me:s3cr3t@host/db"],
        ["status", "--nonsense=password=s3cr3t"],
        ["host=x password=s3cr3t", "sync"], ["sync", "a", "me:s3cr3t@host/db"],
        ["sync", "me:s3cr3t@host/db", "b"], ["status", "postgresql:/me:s3cr3t@host/db"],
    ])
    func aWrongCommandLineIsNotQuotedWithIt(arguments: [String]) throws {
        let run = try Program.run(list: arguments)
        #expect(run.status != 0)
        #expect(!(run.output + run.errors).contains(secret), "\(run.errors)")
        #expect(!run.errors.isEmpty)
    }
}
