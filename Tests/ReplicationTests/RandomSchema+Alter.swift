import TestSupport

/// Changes of one table.
extension RandomStatements {
    /// What everybody may do to a shared table, and its owner to any.
    mutating func alter(
        _ table: RandomCatalog.Table, _ catalog: RandomCatalog, _ node: Int
    ) -> String? {
        guard !table.isPartition else { return nil }
        let own = table.columns.filter { $0.owner == node && !$0.isKey }
        switch roll(3) {
        case 0: return addColumn(to: "alter table \(table.full)", catalog, node)
        case 1: return alterColumn(of: "alter table \(table.full)", own, node)
        default: return constrain(table, own, node)
        }
    }

    private mutating func addColumn(
        to alter: String, _ catalog: RandomCatalog, _ node: Int
    ) -> String {
        switch roll(4) {
        case 0:
            return "\(alter) add column \(name("c", node)) \(["int", "text", "bigint"][roll(3)])"
        case 1: return "\(alter) add \(name("n", node)) int not null default \(new())"
        case 2:
            let made = [
                "uuid default gen_random_uuid()", "timestamptz default clock_timestamp()", "serial",
                "float default random()", "int default nextval('counter')",
            ]
            return "\(alter) add column \(name("g", node)) \(made[roll(made.count)])"
        default:
            guard
                let type = catalog.enums.filter({ $0.contains("e\(node)_") }).randomElement(
                    using: &random)
            else { return "\(alter) add \(name("c", node)) text" }
            return "\(alter) add \(name("c", node)) \(type)"
        }
    }

    private mutating func alterColumn(
        of alter: String, _ own: [RandomCatalog.Column], _ node: Int
    ) -> String? {
        let column = own.randomElement(using: &random)
        switch roll(5) {
        case 0: return column.map { "\(alter) drop column \($0.name)" }
        case 1: return column.map { "\(alter) rename \($0.name) to \(name($0.kind, node))" }
        case 2:
            guard let column, ["integer", "bigint"].contains(column.type),
                "cu".contains(column.kind)
            else { return nil }
            return column.type == "integer"
                ? "\(alter) alter \(column.name) type bigint"
                : """
                \(alter) alter \(column.name) drop default,
                    alter \(column.name) type text using \(column.name)::text
                """
        case 3:
            guard
                let column = own.filter({ $0.kind == "c" && $0.labels.isEmpty }).randomElement(
                    using: &random)
            else { return nil }
            return "\(alter) alter \(column.name) "
                + (column.hasDefault ? "drop default" : "set default '\(new())'")
        default:
            guard let column = own.filter({ $0.kind == "n" }).randomElement(using: &random) else {
                return nil
            }
            return """
                \(alter) alter \(column.name) drop not null;
                \(alter) alter \(column.name) set not null
                """
        }
    }

    private mutating func constrain(
        _ table: RandomCatalog.Table, _ own: [RandomCatalog.Column], _ node: Int
    ) -> String? {
        let alter = "alter table \(table.full)"
        let column = own.randomElement(using: &random)
        switch roll(5) {
        case 0:
            let unique = own.filter { $0.kind == "u" }.randomElement(using: &random)
            guard !table.isPartitioned, let unique else {
                return "\(alter) add \(name("u", node)) int"
            }
            return roll(2) == 0
                ? "\(alter) add constraint \(name("k", node)) unique (\(unique.name))"
                : "create unique index \(name("i", node)) on \(table.full) (\(unique.name))"
        case 1:
            let indexed = column?.name ?? table.key.first?.name ?? "v"
            return "create index \(name("i", node)) on \(table.full) (\(indexed))"
        case 2:
            if let old = table.indexes.filter({ $0.contains("i\(node)_") }).randomElement(
                using: &random),
                roll(2) == 0
            {
                return "drop index \(old)"
            }
            let old = table.constraints.filter { $0.hasPrefix("k\(node)_") }
            if let old = old.randomElement(using: &random) {
                return "\(alter) drop constraint \(old)"
            }
            guard let column else { return nil }
            return "\(alter) add constraint \(name("k", node)) check (\(column.name)::text <> '')"
        case 3:
            guard let reference = own.filter({ $0.kind == "f" }).randomElement(using: &random)
            else {
                return "\(alter) add \(name("f", node)) int references public.root"
            }
            return """
                \(alter) add constraint \(name("k", node)) foreign key (\(reference.name))
                    references public.root
                """
        default: return column.map { "comment on column \(table.full).\($0.name) is '; \(new())'" }
        }
    }

    /// What only the owner of a table does.
    mutating func change(
        _ table: RandomCatalog.Table, _ catalog: RandomCatalog, _ node: Int
    ) -> String? {
        let alter = "alter table \(table.full)"
        if table.isPartition || table.region != nil { return partition(table, catalog) }
        if table.key.isEmpty { return "\(alter) add primary key (id)" }
        let plain = table.columns.filter { $0.name != "region" && $0.name != "v" }
        switch roll(9) {
        case 0: return "\(alter) rename to \(name("t", node))"
        case 1: return "\(alter) set schema \(table.schema == "app" ? "public" : "app")"
        case 2, 3:
            guard let key = table.key.filter({ $0.name != "region" }).randomElement(using: &random)
            else { return nil }
            return "\(alter) rename column \(key.name) to \(name("c", node))"
        case 4:
            guard let key = table.key.first, key.type == "integer", key.name != "region" else {
                return nil
            }
            return "\(alter) alter column \(key.name) set data type bigint"
        case 5, 6:
            guard !table.isPartitioned,
                let more = plain.filter({ !$0.isKey && $0.kind == "n" }).randomElement(
                    using: &random)
            else { return "\(alter) add \(name("n", node)) int not null default \(new())" }
            let names = (table.key.map(\.name) + [more.name]).joined(separator: ", ")
            return """
                do $$ begin execute (
                    select format('alter table %s drop constraint %I, add primary key (\(names))',
                        c.conrelid::regclass, c.conname)
                    from pg_constraint as c
                    where c.conrelid = '\(table.full)'::regclass and c.contype = 'p');
                end $$
                """
        case 7:
            guard table.isPartitioned else { return "drop table \(table.full)" }
            let region = 1 + roll(3)
            return """
                create table \(table.full)_r\(region) partition of \(table.full)
                    for values in (\(region))
                """
        default: return "comment on table \(table.full) is 'it''s; \(new())'"
        }
    }

    private mutating func partition(
        _ part: RandomCatalog.Table, _ catalog: RandomCatalog
    ) -> String? {
        let region = part.region ?? 0
        if !part.isPartition, !part.isPartitioned {
            let base = part.name.split(separator: "_").dropLast().joined(separator: "_")
            guard let whole = catalog.tables.first(where: { $0.name == base && $0.isPartitioned })
            else { return "drop table \(part.full)" }
            return
                "alter table \(whole.full) attach partition \(part.full) for values in (\(region))"
        }
        let base = part.name.split(separator: "_").dropLast().joined(separator: "_")
        guard let whole = catalog.tables.first(where: { $0.name == base && $0.isPartitioned })
        else { return nil }
        return roll(4) == 0
            ? "drop table \(part.full)" : "alter table \(whole.full) detach partition \(part.full)"
    }
}
