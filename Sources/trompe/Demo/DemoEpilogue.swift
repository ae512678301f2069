import Foundation
import Postgres

/// What a person can do after the demo.
enum DemoEpilogue {
    /// Where the server is gone.
    static func sayWhatIsNext() {
        Console.print()
        let program = CommandLine.arguments.first ?? "trompe"
        Console.print("To look into the five yourself:   \(program) demo --keep")
        Console.print("For databases of your own:        \(program) install --help")
    }

    /// Where the server stays: all lines can be copied.
    static func sayHowToGoOn(on cluster: ThrowawayCluster) throws {
        let services = "\(cluster.directory)/services"
        try writeServices(to: services, cluster)
        let socket = cluster.socketDirectory
        Console.print()
        Console.print(Console.bold("The server stays up. To go on, copy lines into a shell:"))
        for line in [
            "export PGSERVICEFILE=\(services)",
            "psql service=A    # or: psql 'host=\(socket) user=postgres dbname=A'",
            "\(program) sync B    # with all its neighbours; or: sync A B",
            "\(program) status A B",
            "\(program) conflicts A",
        ] { Console.print("    \(line)") }
        Console.print("To stop and remove it:")
        Console.print("    \(cluster.removalCommand)")
    }

    /// So that the databases have names that a person can type.
    private static func writeServices(to path: String, _ cluster: ThrowawayCluster) throws {
        let entries = DemoTree.members.map { member in
            """
            [\(member.name)]
            host=\(cluster.socketDirectory)
            port=\(cluster.port)
            user=postgres
            dbname=\(member.name)

            """
        }
        try entries.joined().write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// This program, as a shell finds it from anywhere: by its whole path, unless PATH was enough.
    private static var program: String {
        let called = CommandLine.arguments.first ?? "trompe"
        let path = called.contains("/") ? URL(fileURLWithPath: called).path : called
        return path.contains(" ") ? "'\(path)'" : path
    }
}
