import ArgumentParser
import Postgres
import Replication

/// `trompe install`: makes a database a node.
struct Install: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Make a database a node of the tree.",
        discussion: """
            Installs the schema "replication" and puts capture triggers on every table that has a \
            key, table by table under a short lock timeout, so that a live application goes on. Run \
            it again to finish what was interrupted, to restore triggers that were dropped, or to name \
            columns with --large-object, which all nodes then hear of.
            """)

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Option(help: "The number of the node: 1 to the modulus, another one for each node.")
    var node: Int

    @Option(help: "What to call the node (default: the name of the database).")
    var name: String?

    @Option(help: "How many nodes the tree can ever have; the same on all of them (default: 100).")
    var modulus: Int?

    @Option(
        name: .customLong("large-object"),
        help: ArgumentHelp(
            "A column of the type oid or bigint that holds numbers of large objects; repeatable. "
                + "Columns of the type lo, or named lo, are known without it.",
            valueName: "table.column"))
    var objectColumns: [String] = []

    func run() throws {
        if let modulus, !(2...32_767).contains(modulus) || !(1...modulus).contains(node) {
            throw ReplicationError.badNumber(node: node, modulus: modulus)
        }
        let report = try Installation.install(
            try Connection(database), number: node, name: name, modulus: modulus,
            objectColumns: objectColumns)
        for table in report.mended {
            Console.error("mended: \(table): capture restored, all its rows are sent again")
        }
        for line in report.unattached { Console.error("not replicated: \(line)") }
        for line in report.warnings { Console.error("warning: \(line)") }
        Console.print(
            "\(report.node.name) is node \(report.node.number) of at most \(report.node.modulus); "
                + "\(SyncOutput.counted(report.attached.count, "table")) replicated")
    }
}
