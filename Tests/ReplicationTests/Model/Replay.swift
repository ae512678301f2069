import Foundation
import Postgres
import Replication
import TestSupport

@testable import ReplicationModel

/// A history of the model on real servers: its steps as SQL and as directions, up to the rest.
struct Replay {
    let setup: Model.Setup
    private let tree: TestTree
    private var world: Model.World
    private var late: [Int: Connection] = [:]
    private var linked: Set<Int> = []

    /// Makes the databases as the setup has them.
    init(_ setup: Model.Setup) throws {
        self.setup = setup
        world = setup.world()
        tree = try TestTree(
            setup.skews.count, edges: setup.edges.map { ($0.a, $0.b) }, isPrepared: true)
        for node in tree.nodes { try node.psql(schema(node.number)) }
        try tree.install(linking: false)
        for index in setup.edges.indices where index != setup.newEdge { try link(index) }
        if case .priority(let origins) = setup.policy {
            let list = origins.map(String.init).joined(separator: ",")
            for table in ["item", "child"] {
                for node in tree.nodes {
                    try setPolicy(
                        node.connection, table: table, policy: "priority", argument: list)
                }
            }
        }
    }

    private func schema(_ node: Int) -> String {
        let keys = setup.constraints.unique.map(String.init).joined(separator: ", ")
        var text = """
            create table item (id int primary key, content int);
            create table child (id int primary key, content int, parent int references item);

            """
        if !keys.isEmpty {
            text += "create unique index on item ((content / 2)) where id in (\(keys));\n"
        }
        if let refused = setup.refused[node] {
            for table in ["item", "child"] {
                text +=
                    "alter table \(table) add constraint refused check (content <> \(refused));\n"
            }
        }
        for (key, row) in world.nodes[node].rows.enumerated() {
            if let content = row.content { text += statement(key, content) + ";\n" }
        }
        return text
    }

    /// A user's statement that makes the row of a key what it shall be.
    private func statement(_ key: Int, _ content: Int?) -> String {
        let isChild = setup.constraints.references[key] != nil
        guard let content else {
            return "delete from public.\(isChild ? "child" : "item") where id = \(key)"
        }
        guard isChild else {
            return """
                insert into public.item values (\(key), \(content))
                on conflict (id) do update set content = excluded.content
                """
        }
        let parent = setup.constraints.parent(of: key, content).map(String.init) ?? "null"
        return """
            insert into public.child values (\(key), \(content), \(parent))
            on conflict (id) do update set content = excluded.content, parent = excluded.parent
            """
    }

    private mutating func link(_ index: Int) throws {
        let edge = setup.edges[index]
        try tree.edge((edge.a, edge.b)).link()
        var merging = SyncOptions()
        merging.merges = true
        linked.insert(index)
        if index != setup.newEdge { _ = try tree.sync((edge.a, edge.b), merging) }
    }

    /// Does one step in the model and on the servers.
    mutating func take(_ step: Model.Step) throws {
        let before = world
        world.take(step)
        for (node, session) in late where !before.nodes[node].open.isEmpty {
            // Who is waited for in the model commits before it comes to waiting here.
            guard world.nodes[node].open.isEmpty else { continue }
            try session.script("commit")
            session.close()
            late[node] = nil
        }
        switch step {
        case .write(let node, let writes):
            let statements = writes.sorted { $0.key > $1.key }.map { statement($0.key, $0.value) }
            try tree[node].psql("begin; \(statements.joined(separator: "; ")); commit")
        case .begin(let node, let key, let content):
            let session = try Connection(tree[node].conninfo)
            try session.script("reset all; begin; \(statement(key, content))")
            late[node] = session
        case .move(let from, let to): try move(from, to)
        case .die(let from, let to):
            let mark = try tree[to].psql(
                "select received_token from replication.neighbour where number = \(from)"
            ).trimmingCharacters(in: .newlines)
            let seen = mark == "\\N" ? "null" : "'\(mark)'"
            try tree[from].psql("select replication.make_offer(\(to), \(seen))")
        case .relax(let node):
            for table in ["item", "child"] {
                try tree[node].psqlHere("alter table \(table) drop constraint refused")
            }
        case .commit, .purge, .backUp, .restore, .rejoin: break
        }
    }

    private mutating func move(_ from: Int, _ to: Int) throws {
        let index = setup.edges.firstIndex { [$0.a, $0.b].sorted() == [from, to].sorted() }
        if let index, !linked.contains(index) { try link(index) }
        var options = SyncOptions()
        options.isOneWay = true
        options.merges = true
        _ = try tree.sync((from, to), options)
    }

    /// Lets all come to rest as the model does.
    mutating func settle() throws {
        var judge = Model.Judge(setup)
        judge.isTraced = true
        _ = judge.failures(world, Model.Fingerprint(world))
        for step in judge.taken { try take(step) }
    }

    /// Where the servers are not what the model foretells, as lines for a person.
    func differences() throws -> [String] {
        var lines: [String] = []
        for node in tree.nodes {
            let foretold = world.nodes[node.number].rows.enumerated().compactMap { key, row in
                row.content.map { "\(key)=\($0)" }
            }.joined(separator: " ")
            let found = try node.psql(
                """
                select coalesce(string_agg(id || '=' || content, ' ' order by id), '')
                from (select id, content from item union all select id, content from child) as r
                """
            ).trimmingCharacters(in: .newlines)
            if found != foretold { lines.append("node \(node.number): \(found), not \(foretold)") }
            let losers = try node.psql("select count(*) from replication.conflict")
                .trimmingCharacters(in: .newlines)
            if losers != String(world.conflicts) {
                lines.append("node \(node.number): \(losers) conflicts, not \(world.conflicts)")
            }
        }
        return lines
    }

    /// Drops the databases.
    func remove() throws {
        for session in late.values { session.close() }
        try tree.remove()
    }
}
