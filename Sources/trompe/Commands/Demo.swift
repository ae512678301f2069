import ArgumentParser

/// `trompe demo`: five databases on a throwaway server.
struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show it at work.")

    func run() throws {
        Console.print("demo")
    }
}
