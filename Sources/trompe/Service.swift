import ArgumentParser
import Foundation

/// What a DB on the command line names.
enum Service {
    /// The name of a service in pg_service.conf, or nil for a conninfo string or a URI.
    static func name(_ database: String) -> String? {
        database.contains("=") || database.contains("://") ? nil : database
    }

    /// A shell's help with the names that are known here.
    static var completion: CompletionKind {
        .custom { _, _, _ in names(ProcessInfo.processInfo.environment) }
    }

    /// All names, from the files that libpq reads.
    static func names(_ environment: [String: String]) -> [String] {
        let home = environment["HOME"].map { $0 + "/.pg_service.conf" }
        let own = environment["PGSERVICEFILE"] ?? home
        let shared = (environment["PGSYSCONFDIR"] ?? "/etc/postgresql-common") + "/pg_service.conf"
        let lines = [own, shared].compactMap { $0 }.flatMap { file in
            String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
                .split(whereSeparator: \.isNewline)
        }
        let names = lines.compactMap { line in line.wholeMatch(of: #/\[([^\]]+)\]\s*/#)?.1 }
        return Set(names.map(String.init)).sorted()
    }
}
