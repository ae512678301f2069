import Foundation
import TestSupport
import Testing

@testable import trompe

/// What a shell offers at a tab, and the man page: both are made from the commands.
@Suite struct CompletionTests {
    /// What bash offers for the last of the words.
    private func offered(_ words: String..., services: String = "") throws -> Set<String> {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = try Program.run("--generate-completion-script", "bash")
        #expect(script.status == 0)
        let file = folder.appending(path: "completion").path
        try script.output.write(toFile: file, atomically: true, encoding: .utf8)
        try services.write(
            toFile: folder.path + "/services", atomically: true, encoding: .utf8)
        // As readline does it: bash finds the function by the name of the command.
        let line = words.joined(separator: " ")
        let run = try runProgram(
            "/bin/bash",
            [
                "-c",
                """
                source "$1"; shift
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
                set -- $(complete -p trompe)
                while [ "$1" != -F ]; do shift; done
                "$2" trompe "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """, "bash", file,
            ] + words,
            environment: [
                "PATH": try URL(fileURLWithPath: Program.path.get()).deletingLastPathComponent()
                    .path + ":/usr/bin:/bin",
                "PGSERVICEFILE": folder.path + "/services", "PGSYSCONFDIR": folder.path,
            ])
        #expect(run.errors == "", "\(line)")
        return Set(
            run.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
    }

    @Test func bashKnowsCommandsOptionsAndServices() throws {
        #expect(try offered("trompe", "sy") == ["sync"])
        #expect(try offered("trompe", "man").isEmpty)
        #expect(try offered("trompe", "sync", "--wat") == ["--watch"])
        #expect(try offered("trompe", "sync", "--log-format", "j") == ["json"])
        let services = "# mine\n[laptop]\nhost=x\n[lab 2]\n\n[server]\ndbname=[odd]\n"
        #expect(try offered("trompe", "sync", "lap", services: services) == ["laptop"])
        #expect(
            try offered("trompe", "sync", "laptop", "s", services: services) == ["server"])
        #expect(try offered("trompe", "status", "s", services: services) == ["server"])
    }

    /// Every command and option of --help is on the page, and no line is taken for a request.
    @Test func theManPageHasAllCommandsAndOptions() throws {
        let page = try Program.run("manual", "--date", "2026-11-22")
        #expect(page.status == 0)
        let text = page.output.replacing("\\-", with: "-")
        #expect(text.contains(".TH TROMPE 1 \"2026-11-22\" \"trompe "))
        for command in Trompe.configuration.subcommands {
            let name = try #require(command.configuration.commandName)
            #expect(text.contains(".SS trompe \(name)\n") == command.configuration.shouldDisplay)
            let help = try Program.run(name, "--help").output
            #expect(help.contains("USAGE: trompe \(name)"))
            guard command.configuration.shouldDisplay else { continue }
            for option in help.matches(of: #/\n  (?:-\w, )?(--[a-z-]+)/#)
            where !["--help", "--version"].contains(option.1) {
                #expect(text.contains("\(option.1)"), "\(name) \(option.1)")
            }
        }
        let requests = Set(text.matches(of: #/(?m)^\.(\S+)/#).map { String($0.1) })
        #expect(
            requests.isSubset(of: [
                "TH", "SH", "SS", "TP", "PP", "B", "I", "BR", "nf", "fi", "\\\"",
            ]))
    }
}
