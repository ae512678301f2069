import Foundation
import TestSupport
import Testing

/// A real browser without a window, for pages that the program writes.
struct Browser {
    /// What one visit left behind.
    struct Visit {
        /// The page as it stood after it was rendered.
        let dom: String
        /// What the page's console said.
        let console: [String]
    }

    private let program: String
    private let folder: URL

    /// Looks for it.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        program = try #require(
            environment["TROMPE_CHROMIUM"]
                ?? found("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
            "no Chromium: script/test installs it, and sets TROMPE_CHROMIUM")
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Takes away what it has stored.
    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// Loads a page, and returns what has become of it.
    func visit(_ page: String, width: Int = 1200, isDark: Bool = false) throws -> Visit {
        let run = try start(["--dump-dom"], page, width, isDark)
        let console = run.errors.split(separator: "\n").filter { $0.contains(":CONSOLE") }
        return Visit(dom: run.output, console: console.map(String.init))
    }

    /// A picture of it, as PNG.
    func screenshot(_ page: String) throws -> Data {
        let file = folder.appending(path: "page.png")
        _ = try start(["--screenshot=\(file.path)", "--hide-scrollbars"], page, 1200, false)
        return try Data(contentsOf: file)
    }

    private func start(
        _ arguments: [String], _ page: String, _ width: Int, _ isDark: Bool
    ) throws -> (output: String, errors: String) {
        let file = folder.appending(path: "page.html")
        try page.write(to: file, atomically: true, encoding: .utf8)
        let (status, output, errors) = try runProgram(
            program,
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                "--user-data-dir=\(folder.path)/profile", "--window-size=\(width),1600",
                "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)",
            ] + arguments + [file.absoluteString],
            environment: ["HOME": folder.path])
        try #require(status == 0, "\(errors)")
        return (output, errors)
    }
}
