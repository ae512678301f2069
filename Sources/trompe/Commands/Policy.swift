import ArgumentParser
import Postgres
import Replication

/// `trompe policy`: how the conflicts of a table are decided.
struct Policy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Choose how the conflicts of a table are decided, on all nodes.",
        discussion: """
            newest              the later change wins (where nothing else is said)
            priority 2,1        the change made on node 2 wins, then node 1's
            function my.merge   my.merge(older jsonb, newer jsonb) returns jsonb: the winner, or a \
            merged row; null stands for a deleted row
            columns             changes of different columns of a row both stand; of one column the \
            later change

            The choice travels to the other nodes with the next syncs.
            """)

    @Argument(help: "The database.", completion: Service.completion)
    var database: String

    @Argument(help: "The table, with its schema.")
    var table: String

    @Argument(help: "newest, priority, function or columns.")
    var policy: String

    @Argument(help: "The node numbers, or the name of the function.")
    var argument: String?

    func validate() throws {
        switch (policy, argument) {
        case ("newest", .some), ("columns", .some):
            throw ValidationError("The policy \(policy) takes no more words.")
        case ("priority", nil):
            throw ValidationError("Give the node numbers: priority 2,1")
        case ("function", nil):
            throw ValidationError("Give the function's name: function my.merge")
        default:
            break
        }
    }

    func run() throws {
        let connection = try Connection(database)
        _ = try Node(connection)
        try Replication.setPolicy(connection, table: table, policy: policy, argument: argument)
        Console.print("\(connection.label): conflicts of \(table) are decided by \(policy)")
    }
}
