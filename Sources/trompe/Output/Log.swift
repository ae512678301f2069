import ArgumentParser
import Foundation
import Logging

/// How lines of the log look.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// One thing that happened, as a line of the log. What does not apply is nil, and left out of JSON.
struct LogLine: Encodable {
    /// How much it matters, in the words of syslog.
    enum Level: String, Encodable {
        case debug, info, notice, warning, error

        /// The number that syslog and the journal have for it.
        var priority: Int {
            switch self {
            case .debug: 7
            case .info: 6
            case .notice: 5
            case .warning: 4
            case .error: 3
            }
        }
    }

    let level: Level
    /// A word for machines: started, moved, failed, ...
    let event: String
    /// What happened, in one line.
    let message: String
    var edge: String?
    var source: String?
    var target: String?
    var rows: Int?
    var inserted: Int?
    var updated: Int?
    var deleted: Int?
    var conflicts: Int?
    var waiting: Int?
    var seconds: Double?
    /// The exit status that a sync by itself would have ended with.
    var status: Int32?
    var sqlstate: String?
    var hint: String?
    var retryInSeconds: Double?
    /// Set as it is written.
    fileprivate var time = ""

    init(_ level: Level, _ event: String, _ message: String, edge: String? = nil) {
        self.level = level
        self.event = event
        self.message = Self.oneLine(message)
        self.edge = edge
    }

    /// A message that may have several lines, and characters from anywhere, in one.
    static func oneLine(_ text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            String(
                String.UnicodeScalarView(
                    line.unicodeScalars.map {
                        $0.properties.generalCategory == .control ? " " : $0
                    })
            ).trimmingCharacters(in: .whitespaces)
        }
        return lines.reduce("") { text, line in
            text.isEmpty ? line : text + (text.hasSuffix(":") ? " " : "; ") + line
        }
    }
}

/// Lines on stderr about what a program does that runs for long: to be read in a journal or a file.
struct Log: Sendable {
    let format: LogFormat
    /// Whether steps are told, too.
    let isVerbose: Bool
    /// Whether systemd's journal reads stderr: it has a time of its own, and takes priorities.
    private let isJournal: Bool

    init(_ format: LogFormat, isVerbose: Bool) {
        self.format = format
        self.isVerbose = isVerbose
        isJournal = Self.isJournal(ProcessInfo.processInfo.environment["JOURNAL_STREAM"])
    }

    func write(_ line: LogLine) {
        guard isVerbose || line.level != .debug else { return }
        var line = line
        line.time = Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(.now)
        switch format {
        case .text: Console.error(text(line))
        case .json:
            do { Console.error(try Json.line(line)) } catch { Console.error(text(line)) }
        }
    }

    private func text(_ line: LogLine) -> String {
        let start =
            isJournal
            ? "<\(line.level.priority)>" : "\(line.time) \(line.level.rawValue): "
        return start + (line.edge.map { "\($0): " } ?? "") + line.message
            + (line.retryInSeconds.map { "; next try in \(Int($0.rounded(.up))) s" } ?? "")
            + (line.hint.map { "; hint: \(LogLine.oneLine($0))" } ?? "")
    }

    /// The variable names the device and the number of the journal's socket. It is inherited by programs
    /// whose stderr is another one.
    private static func isJournal(_ variable: String?) -> Bool {
        var status = stat()
        guard let variable, fstat(STDERR_FILENO, &status) == 0 else { return false }
        return variable == "\(status.st_dev):\(status.st_ino)"
    }
}

/// What the agent says of its steps, as lines of the log.
struct EdgeLogHandler: LogHandler {
    let log: Log
    let edge: String
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    init(_ log: Log, edge: String) {
        self.log = log
        self.edge = edge
        logLevel = log.isVerbose ? .debug : .notice
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let isStep = event.level <= .debug
        log.write(
            LogLine(
                isStep ? .debug : .notice, isStep ? "step" : "again", "\(event.message)",
                edge: edge))
    }
}
