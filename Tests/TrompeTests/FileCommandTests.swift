import Foundation
import Postgres
import TestSupport
import Testing

/// `trompe export` and `trompe import`, as a user types them.
@Suite struct FileCommandTests {
    private static let schema = "create table note (id int primary key, text text);"

    private func withNodes(_ body: (TestTree, String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try withTree(2, schema: Self.schema) { tree in
            try tree.syncUntilQuiet()
            try tree[1].psql("insert into note values (1, 'secret')")
            try body(tree, folder.path)
        }
    }

    private func run(
        _ tree: TestTree, _ arguments: String..., environment: [String: String] = [:]
    ) throws -> Program.Run {
        try Program.run(list: arguments, services: tree.services, environment: environment)
    }

    @Test func aFileGoesOverAndIsToldOf() throws {
        try withNodes { tree, folder in
            let file = "\(folder)/one"
            let bin = try Servers.programs(of: 2)
            let made = try run(tree, "export", "a", "--for", "B", "-o", file, "--bindir", bin)
            #expect(made.status == 0, "\(made.errors)")
            #expect(made.output.hasPrefix("A -> B: 1 row in \(file), "))
            #expect(made.output.hasSuffix("\n    public.note: 1 row\n"))
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
            #expect(mode as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one"])
            let content = try Data(contentsOf: URL(fileURLWithPath: file))
            #expect(content.starts(with: [0x1f, 0x8b]) && content.count < 150_000)
            let status = try run(tree, "status", "a").output
            #expect(status.contains("\nexported: 1 file for B, "), "\(status)")
            let half = "\(folder)/half"
            for altered in [content.prefix(content.count / 2), content + [1]] {
                try altered.write(to: URL(fileURLWithPath: half))
                let refused = try run(tree, "import", "b", half, "--unsigned")
                #expect(refused.status == 1)
                #expect(refused.errors.contains("it is cut off or was altered: gzip: stdin: "))
            }
            unlink(half)
            let tried = try run(tree, "import", "b", file, "--unsigned", "--dry-run")
            #expect(tried.output.hasPrefix("A -> B: would move 1 row"), "\(tried.errors)")
            let piped = try runProgram(
                "/bin/sh",
                [
                    "-c",
                    #""$0" export "$1" --for B -o - --bindir "$2" | "$0" import "$3" - --unsigned --dry-run"#,
                    Program.path.get(), tree[1].conninfo, bin, tree[2].conninfo,
                ])
            #expect(piped.output.hasPrefix("A -> B: would move 1 row"), "\(piped.errors)")
            let done = try run(tree, "import", "b", file, "--unsigned", "--json")
            let document = try #require(done.json as? [String: Any])
            #expect(document["isKnown"] as? Bool == false && document["source"] as? String == "A")
            let again = try run(tree, "import", "b", file, "--unsigned")
            #expect(again.status == 0 && again.output.hasPrefix("A -> b: nothing new"))
            #expect(try tree[2].psql("select text from note") == "secret\n")
            let unknown = try run(tree, "export", "a", "--for", "C", "-o", file, "--bindir", bin)
            #expect(unknown.status == 1 && unknown.errors.contains("hint: name one of: B"))
            // A full disk: nothing is there under the name, and it is said why.
            let export = #"exec "$0" export "$1" --for B -o - --bindir "$2""#
            for (shell, reason) in [
                ("\(export) >/dev/full", "No space left"),
                ("ulimit -f 8; \(export) >/dev/null", ": pg_dump "),
            ] {
                let full = try runProgram(
                    "/bin/sh", ["-c", shell, Program.path.get(), tree[1].conninfo, bin])
                #expect(full.status == 1 && full.errors.contains(reason), "\(full.errors)")
                #expect(full.errors.contains("hint: "))
            }
            // What is no file stays what it is.
            let pipe = "\(folder)/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            let refused = try run(tree, "export", "a", "--for", "B", "-o", pipe, "--bindir", bin)
            #expect(refused.status == 1 && refused.errors.contains("is no ordinary file"))
            var found = stat()
            #expect(lstat(pipe, &found) == 0 && found.st_mode & S_IFMT == S_IFIFO)
            unlink(pipe)
            // As while a sync is under way.
            let puller = try Connection(tree[2].conninfo)
            try puller.execute("select pg_advisory_lock(hashtext('trompe')::int, 1 << 15 | 2)")
            try tree[1].psql("insert into note values (2, 'more')")
            let more = "\(folder)/more"
            #expect(
                try run(tree, "export", "a", "--for", "2", "-o", more, "--bindir", bin).status == 0)
            #expect(try run(tree, "import", "b", more, "--unsigned").status == 75)
            puller.close()
            #expect(try run(tree, "import", "b", more, "--unsigned").status == 0)
            unlink(more)
            let secret = "\(tree[2].conninfo) password=s3cr3t"
            for arguments in [
                ["import", secret, file, "--unsigned", "--verbose"],
                ["import", secret, file, "--unsigned", "--through", "\(secret) dbname=nowhere"],
                ["export", secret, "--for", "A", "-o", half, "--bindir", bin, "--verbose"],
                ["export", secret, "--for", "A", "-o", half, "--bindir", "/nonexistent"],
            ] {
                let said = try Program.run(list: arguments)
                #expect(!(said.output + said.errors).contains("s3cr3t"), "\(said.errors)")
            }
            unlink(half)
            // As while a sync is under way.
            let agent = try Connection(tree[1].conninfo)
            try agent.execute("select pg_advisory_lock(hashtext('trompe')::int, 1 << 15 | 2)")
            #expect(
                try run(tree, "export", "a", "--for", "B", "-o", half, "--bindir", bin).status == 75
            )
            agent.close()
            // What was there stays, where no new file is made.
            #expect(try run(tree, "import", "b", file, "--unsigned").status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["one"])
        }
    }

    /// age and gpg are what script/test installs.
    @Test func filesAreEncryptedAndSigned() throws {
        try withNodes { tree, folder in
            let bin = try Servers.programs(of: 2)
            let home = ["GNUPGHOME": folder, "HOME": folder]
            let gpg = { (arguments: String...) in
                try runProgram("/usr/bin/gpg", ["--batch"] + arguments, environment: home)
            }
            defer { _ = try? runProgram("/usr/bin/gpgconf", ["--kill", "all"], environment: home) }
            for name in ["sender", "other"] {
                let made = try gpg(
                    "--passphrase", "", "--quick-gen-key", "\(name)@example.org", "default",
                    "default", "never")
                #expect(made.status == 0, "\(made.errors)")
            }
            let fingerprints = try gpg("--list-keys", "--with-colons").output
                .split(separator: "\n").filter { $0.hasPrefix("fpr") }
                .map { $0.split(separator: ":").last.map(String.init) ?? "" }
            let keys = try runProgram("/usr/bin/age-keygen", ["-o", "\(folder)/identity"])
            let recipient = try #require(keys.errors.split(separator: " ").last)
                .trimmingCharacters(in: .newlines)
            let both = ["--sign", "sender@example.org", "--encrypt-to", recipient]
            let byGpg = ["--sign", "sender@example.org", "--encrypt-to", "other@example.org"]
            for (number, way) in [both, byGpg].enumerated() {
                let file = "\(folder)/\(number)"
                let made = try Program.run(
                    list: ["export", "a", "--for", "B", "-o", file, "--bindir", bin] + way,
                    services: tree.services, environment: home)
                #expect(made.status == 0, "\(made.errors)")
                let content = try Data(contentsOf: URL(fileURLWithPath: file))
                #expect(content.range(of: Data("secret".utf8)) == nil)
                let importing = { (trusted: String) in
                    try Program.run(
                        list: [
                            "import", "b", file, "--identity", "\(folder)/identity", "--trust",
                            trusted,
                        ], services: tree.services, environment: home)
                }
                // The second key's fingerprints come behind the first one's.
                let wrong = try importing(fingerprints[2])
                #expect(wrong.status == 1 && wrong.errors.contains("which is not trusted"))
                let right = try importing(fingerprints[0])
                #expect(right.status == 0, "\(right.errors)")
                if number == 1 {
                    try content.write(to: URL(fileURLWithPath: "\(folder)/signed"))
                }
                try Data(content.dropLast(20)).write(to: URL(fileURLWithPath: file))
                #expect(try importing(fingerprints[0]).status == 1)
                #expect(
                    try tree[2].psql("select text from note where id = \(number + 1)") == "secret\n"
                )
                try tree[1].psql("insert into note values (\(number + 2), 'secret')")
            }
            let plain = "\(folder)/plain"
            _ = try run(tree, "export", "a", "--for", "B", "-o", plain, "--bindir", bin)
            let unsigned = try run(tree, "import", "b", plain, "--trust", fingerprints[0])
            #expect(unsigned.status == 1 && unsigned.errors.contains("it is not signed"))
            let unasked = try run(tree, "import", "b", plain)
            #expect(unasked.status == 1 && unasked.errors.contains("or with --unsigned"))
            let signed = try run(tree, "import", "b", "\(folder)/signed", environment: home)
            #expect(signed.errors.contains("which is not trusted"), "\(signed.errors)")
            let missing = try run(
                tree, "export", "a", "--for", "B", "-o", "\(folder)/x", "--bindir", bin, "--sign",
                "nobody", environment: home)
            #expect(missing.status == 1 && missing.errors.contains("gpg failed"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/x"))
        }
    }
}
