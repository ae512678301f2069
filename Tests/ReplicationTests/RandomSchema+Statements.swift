import Postgres
import TestSupport

/// What users write: statements that make sense where they are made, and contradict none that another
/// node makes meanwhile. Only the node in a name renames, drops or changes what bears it; everybody
/// changes rows, and adds columns of his own to the shared tables.
struct RandomStatements {
    var random: SeededGenerator
    /// The last number that was given, in a value or a name.
    var number = 1_000_000

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }

    /// A number that nobody has used.
    mutating func new() -> Int {
        number += 1
        return number
    }

    mutating func name(_ kind: Character, _ node: Int) -> String {
        number += 1
        return "\(kind)\(node)_\(number - 1_000_000)"
    }

    // MARK: Rows

    /// A change of rows of some table.
    mutating func rows(_ catalog: RandomCatalog) -> String? {
        guard let table = catalog.tables.filter({ !$0.key.isEmpty }).randomElement(using: &random)
        else { return nil }
        if table.name == "root" {
            return "update public.root set v = \(new()) where id = \(1 + roll(3))"
        }
        switch roll(100) {
        case ..<45: return insert(table)
        case ..<80: return update(table)
        case ..<94: return "delete from \(table.full) where \(row(table))"
        case ..<97: return "truncate \(table.full)"
        default: return "begin; delete from \(table.full); rollback; \(insert(table))"
        }
    }

    private mutating func insert(_ table: RandomCatalog.Table) -> String {
        var names: [String] = []
        var values: [String] = []
        for column in table.columns {
            let isMade = column.kind == "g" || column.isIdentity
            if isMade || column.isKey && column.hasDefault { continue }
            let isNeeded = column.isKey || column.kind == "n"
            if !isNeeded, roll(4) == 0 { continue }
            names.append(column.name)
            values.append(value(of: column, in: table))
        }
        guard !names.isEmpty else { return "insert into \(table.full) default values" }
        return """
            insert into \(table.full) (\(names.joined(separator: ", ")))
            values (\(values.joined(separator: ", "))) on conflict do nothing
            """
    }

    private mutating func update(_ table: RandomCatalog.Table) -> String {
        let free = table.columns.filter { !$0.isKey && $0.kind != "g" && $0.name != "region" }
        var changed = Array(free.shuffled(using: &random).prefix(1 + roll(2)))
        if roll(8) == 0 { changed += table.key.filter { $0.kind != "g" }.prefix(1) }
        guard !changed.isEmpty else { return insert(table) }
        let list = changed.map { "\($0.name) = \(value(of: $0, in: table))" }
        return "update \(table.full) set \(list.joined(separator: ", ")) where \(row(table))"
    }

    /// A condition that is true of one row, or of few.
    private mutating func row(_ table: RandomCatalog.Table) -> String {
        guard let column = table.key.first(where: { $0.kind != "g" && $0.name != "region" }) else {
            return "ctid in (select ctid from \(table.full) limit 1)"
        }
        return column.hasDefault || column.isIdentity
            ? "\(column.name) % 7 = \(roll(7))" : "\(column.name) = \(value(of: column, in: table))"
    }

    private mutating func value(
        of column: RandomCatalog.Column, in table: RandomCatalog.Table
    ) -> String {
        if column.name == "region" { return "\(table.region ?? 1 + roll(3))" }
        if column.kind == "f" || column.name == "parent" { return "\(1 + roll(3))" }
        if let label = column.labels.randomElement(using: &random) { return "'\(label)'" }
        if column.kind == "n" { return column.type == "text" ? "'\(new())'" : "\(new())" }
        if column.isKey { return column.type == "text" ? "'\(1 + roll(8))'" : "\(1 + roll(8))" }
        switch column.type {
        case "integer", "bigint", "numeric": return "\(new())"
        case "text", "character varying": return "'\(new())'"
        default: return "default"
        }
    }

    // MARK: The schema

    /// A change of schema that the node may make.
    mutating func schema(_ catalog: RandomCatalog, on node: Int) -> String? {
        let own = catalog.tables.filter { $0.owner == node && !$0.isShared }
        let shared = catalog.tables.filter(\.isShared)
        switch roll(10) {
        case 0 where own.count < 5: return create(catalog, on: node)
        case 1: return other(catalog, on: node)
        case ..<5: return shared.randomElement(using: &random).flatMap { alter($0, catalog, node) }
        default:
            guard let table = own.randomElement(using: &random) else {
                return create(catalog, on: node)
            }
            return roll(3) == 0 ? change(table, catalog, node) : alter(table, catalog, node)
        }
    }

    private mutating func create(_ catalog: RandomCatalog, on node: Int) -> String {
        let place = roll(3) == 0 ? "app" : "public"
        let table = "\(place).\(name("t", node))"
        switch roll(7) {
        case 0: return "create table \(table) (id serial primary key, v int)"
        case 1:
            return """
                create table \(table) (id int generated always as identity primary key, v bigint,
                    g\(node)_\(new()) timestamptz default clock_timestamp())
                """
        case 2: return "create table \(table) (id text primary key, v text)"
        case 3: return "create table \(table) (b text, id int, v int, primary key (id, b))"
        case 4:
            return """
                create table \(table) (id int, region int, v int, primary key (region, id))
                    partition by list (region);
                create table \(table)_r1 partition of \(table) for values in (1);
                create table \(table)_r2 partition of \(table) for values in (2)
                """
        case 5:
            let parents = catalog.tables.filter {
                $0.owner == node && $0.key.count == 1 && $0.key[0].type == "integer"
            }
            let parent = parents.randomElement(using: &random)?.full ?? "public.root"
            return """
                create table \(table) (id int primary key, v int,
                    parent int references \(parent) on delete set null)
                """
        default:
            let source =
                catalog.tables.filter { $0.columns.contains { $0.name == "v" } }
                .randomElement(using: &random)?.full ?? "public.root"
            let query = "select row_number() over (order by v::text)::int as id, v"
            return roll(2) == 0
                ? "create table \(table) as \(query) from \(source)"
                : "\(query) into \(table) from \(source)"
        }
    }

    /// Views, functions, enums, comments.
    private mutating func other(_ catalog: RandomCatalog, on node: Int) -> String? {
        let mine = { (names: [String]) in
            names.filter {
                RandomCatalog.owner(of: String($0.split(separator: ".").last ?? "")) == node
            }
        }
        switch roll(9) {
        case 0: return "create view \(name("v", node)) as select id, v from root where v > \(new())"
        case 1:
            return mine(catalog.views).randomElement(using: &random).map {
                "create or replace view \($0) as select id, v from root where v < \(new())"
            }
        case 2: return mine(catalog.views).randomElement(using: &random).map { "drop view \($0)" }
        case 3:
            return """
                create function \(name("f", node))() returns int language sql
                begin atomic select \(new()); select v from root where id = 1; end
                """
        case 4:
            return mine(catalog.functions).randomElement(using: &random).map {
                "create or replace function \($0)() returns int language sql as 'select \(new()); '"
            }
        case 5:
            return mine(catalog.functions).randomElement(using: &random).map {
                "drop function \($0)()"
            }
        case 6: return "create type \(name("e", node)) as enum ('low', 'high')"
        case 7:
            return mine(catalog.enums).randomElement(using: &random).map {
                "alter type \($0) add value 'l\(new())'"
            }
        default: return "create sequence \(name("q", node))"
        }
    }
}
