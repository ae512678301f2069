import Foundation
import Postgres
import TestSupport
import Testing

/// The programs that applications change their schema with, as script/test installs them.
enum MigrationTools {
    /// A command that failed, in its own words.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where the projects are.
    static let projects = Scenario.fixtures.appending(path: "migrations")

    /// The Python that has the programs; the test is cancelled where none is named.
    static func python() throws -> String {
        let python = ProcessInfo.processInfo.environment["TROMPE_PYTHON"] ?? ""
        if python.isEmpty {
            try Test.cancel(
                "TROMPE_PYTHON names no Python with Django and Alembic: use script/test")
        }
        return python
    }

    /// Runs a module of Python's on a node's database, and returns what it printed.
    @discardableResult
    static func run(
        _ node: TestNode, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> String {
        let given = ["CONNINFO": node.conninfo, "PYTHONDONTWRITEBYTECODE": "1"]
        let (status, output, errors) = try runProgram(
            python(), ["-m"] + arguments, environment: given.merging(environment) { $1 })
        guard status == 0 else {
            throw Failure(description: "\(arguments) on \(node.letter): \(output)\(errors)")
        }
        return output
    }
}

extension TestNode {
    /// `manage.py` of the project in Fixtures.
    @discardableResult
    func django(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
        let project = [
            "PYTHONPATH": MigrationTools.projects.appending(path: "django").path,
            "DJANGO_SETTINGS_MODULE": "settings",
        ]
        return try MigrationTools.run(
            self, ["django"] + arguments, environment: project.merging(environment) { $1 })
    }

    /// `alembic` in the project in Fixtures.
    @discardableResult
    func alembic(_ arguments: String...) throws -> String {
        let file = MigrationTools.projects.appending(path: "alembic/alembic.ini").path
        return try MigrationTools.run(self, ["alembic", "-c", file] + arguments)
    }
}

/// Both nodes of a tree have the same schema, the same rows, and no conflicts; what a dropped column
/// held stands in the history all the same.
func expectAlike(
    _ tree: TestTree, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let schemas = try tree.nodes.map { Set(try $0.schema()) }
    #expect(
        schemas[0].symmetricDifference(schemas[1]).sorted() == [], sourceLocation: sourceLocation)
    let contents = try tree.nodes.map {
        Set(try $0.contents().split(separator: "\n").map(String.init))
    }
    #expect(
        contents[0].symmetricDifference(contents[1]).sorted() == [],
        sourceLocation: sourceLocation)
    #expect(
        try tree[1].psql("select count(*) from replication.conflict where policy <> 'schema'")
            == "0\n",
        sourceLocation: sourceLocation)
}
