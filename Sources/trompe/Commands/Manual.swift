import ArgumentParser

/// `trompe manual`: the man page, for script/install.
struct Manual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the man page.", shouldDisplay: false)

    @Option(help: "The date at the foot of the page.")
    var date = ""

    func run() throws {
        Console.print(try ManualPage(date: date).text)
    }
}
