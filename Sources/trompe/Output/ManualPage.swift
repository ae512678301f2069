import ArgumentParser
import Foundation

/// The man page, made of what the commands say of themselves with --help.
struct ManualPage {
    /// What ArgumentParser knows of a command.
    private struct Command: Decodable {
        let commandName: String
        let abstract: String?
        let discussion: String?
        let shouldDisplay: Bool?
        let subcommands: [Command]?
        let arguments: [Argument]?
    }

    /// And of its arguments, options and flags.
    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?

        /// Whether it may stand without its value.
        var isFlagToo: Bool { names?.contains { $0.name == "watch" } ?? false }
    }

    private struct Tool: Decodable {
        let command: Command
    }

    private let root: Command
    private let date: String

    /// - Parameter date: of the release, such as 2026-11-22.
    init(date: String) throws {
        self.date = date
        root = try JSONDecoder().decode(Tool.self, from: Data(Trompe._dumpHelp().utf8)).command
    }

    /// For man(1), in the macros of man(7).
    var text: String {
        let version = Trompe.configuration.version
        var lines = [
            ".\\\" Made by \"trompe manual\".",
            ".TH TROMPE 1 \"\(date)\" \"\(version)\" \"User Commands\"",
            ".SH NAME",
        ]
        lines += Self.wrapped("trompe - \(Self.lowered(root.abstract ?? ""))")
        lines += [
            ".SH SYNOPSIS", ".B trompe", ".I subcommand", "[\\fIoptions\\fR]",
            ".SH DESCRIPTION",
        ]
        lines += Self.paragraphs(root.discussion)
        lines.append(".SH SUBCOMMANDS")
        for group in Trompe.configuration.groupedSubcommands {
            for type in group.subcommands {
                let name = type.configuration.commandName ?? ""
                guard let command = root.subcommands?.first(where: { $0.commandName == name })
                else { continue }
                lines += self.lines(command, usage: type.configuration.usage)
            }
        }
        return (lines + Self.rest).joined(separator: "\n")
    }

    private func lines(_ command: Command, usage: String?) -> [String] {
        let arguments = (command.arguments ?? []).filter {
            $0.shouldDisplay && !["help", "version"].contains($0.names?.last?.name)
        }
        var lines = [".SS trompe \(command.commandName)"]
        if let usage {
            lines +=
                [".nf"] + usage.split(separator: "\n").map { Self.escaped(String($0)) } + [".fi"]
        } else {
            lines.append(".B trompe \(command.commandName)")
            lines += arguments.map { Self.escaped(Self.synopsis($0)) }
        }
        lines += [".PP"] + Self.wrapped(command.abstract ?? "")
        if let discussion = command.discussion { lines += [".PP"] + Self.paragraphs(discussion) }
        for argument in arguments {
            lines += [".TP", "\\fB\(Self.escaped(Self.heading(argument)))\\fR"]
            var text = argument.abstract ?? ""
            if let value = argument.defaultValue, argument.kind == "option" {
                text += argument.isFlagToo ? " (alone: \(value))" : " (default: \(value))"
            }
            lines += Self.wrapped(text)
        }
        return lines
    }

    private static func synopsis(_ argument: Argument) -> String {
        let text = heading(argument, short: true) + (argument.isRepeating ? " ..." : "")
        return argument.isOptional ? "[\(text)]" : text
    }

    private static func heading(_ argument: Argument) -> String { heading(argument, short: false) }

    private static func heading(_ argument: Argument, short: Bool) -> String {
        let value = "<\(argument.valueName ?? "value")>"
        let names = (argument.names ?? []).map(\.text).sorted { $0.count < $1.count }
        switch argument.kind {
        case "positional": return value
        case "flag": return short ? names.last ?? "" : names.joined(separator: ", ")
        default:
            let name = short ? names.last ?? "" : names.joined(separator: ", ")
            return name + (argument.isFlagToo ? "[=\(value)]" : " \(value)")
        }
    }

    /// Paragraphs as they are; where words are lined up, so are they here.
    private static func paragraphs(_ text: String?) -> [String] {
        let paragraphs = (text ?? "").split(separator: "\n\n").map { paragraph -> [String] in
            let isTable = paragraph.contains("   ")
            let lines = paragraph.split(separator: "\n").map(String.init)
            return isTable
                ? [".nf"] + lines.map(escaped) + [".fi"] : wrapped(lines.joined(separator: " "))
        }
        return Array(paragraphs.joined(separator: [".PP"]))
    }

    /// Words in lines of 78 characters at most.
    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ").map(String.init) {
            if let last = lines.last, escaped(last + " " + word).count <= 78 {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(word)
            }
        }
        return lines.map(escaped)
    }

    /// A line of text that is no request.
    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }

    /// A sentence as a part of another one.
    private static func lowered(_ sentence: String) -> String {
        let words = sentence.hasSuffix(".") ? sentence.dropLast() : sentence[...]
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// What no command says by itself.
    private static let rest = [
        ".SH EXIT STATUS",
        ".TP", ".B 0", "Done, also where conflicts were decided.",
        ".TP", ".B 1",
        "Failed. Each direction is done whole or not at all, and the message says",
        "which is done.",
        ".TP", ".B 2",
        "Done, but something waits for a person: a row that a constraint forbids,",
        "or a difference.",
        ".TP", ".B 64", "The command line is wrong.",
        ".TP", ".B 75",
        "Try again later: a database cannot be reached, another agent is on the edge,",
        "or a lock was held too long.",
        ".SH ENVIRONMENT",
        ".TP", ".B PGSERVICEFILE\\fR, \\fBPGPASSFILE\\fR, \\fBPGHOST\\fR, ...",
        "All that libpq reads; see the chapter on environment variables in the",
        "manual of PostgreSQL.",
        ".TP", ".B NO_COLOR", "Where it is set and not empty, nothing is printed in colour.",
        ".SH FILES",
        ".TP", ".I ~/.pg_service.conf", "The addresses of databases, by service names.",
        ".TP", ".I ~/.pgpass",
        "Passwords. trompe has no configuration file, and stores no password.",
        ".SH EXAMPLES",
        ".nf", "trompe install laptop \\-\\-node 1", "trompe install server \\-\\-node 2",
        "trompe link laptop server", "trompe sync laptop", "trompe sync laptop \\-\\-watch", ".fi",
        ".SH SEE ALSO", ".BR psql (1),", ".BR pg_dump (1)",
    ]
}
