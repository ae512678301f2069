import Postgres

/// The statements for pieces that are all of one kind: rows that are new are copied as they came, and
/// what is deleted or updated is logged as the piece has it, once the count has shown that it was all.
extension TableWork {
    /// Whether rows that are new for sure can be copied into the table itself, as they came.
    var canBeCopied: Bool { isBinary && !target.columns.contains(where: \.isGenerated) }

    /// What stands before the columns of the table in a staged row: changed_at, origin, echo, blind,
    /// present.
    static let headFields = 5
    /// The fields of a staged row that tell when it was changed, and whether it is there.
    static let (changedAtField, presentField) = (0, 4)
    var rowFields: Range<Int> { Self.headFields..<Self.headFields + target.columns.count }

    /// Fills the table itself.
    var copyRows: SQL { "copy \(target.name) (\(columnNames)) from stdin \(format)" }

    /// Fills the log; the parts that its columns take from a staged row. `xid`: this transaction's.
    var copyLog: SQL { "copy \(target.log) \(logColumns) from stdin \(format)" }
    func logParts(xid: Int) -> [BinaryRows.Part] {
        return [
            .constant(BinaryRows.bytes(Int64(xid))), .fields(0..<2),
            .constant(BinaryRows.bytes(Int32(terms.source))), .constant(Array("I".utf8)),
        ] + keyFields
    }

    /// Whether anything of the target's own waits for the source in this table.
    var hasOwnChanges: SQL {
        """
        select exists (select from \(target.log) as l where \(unseenBySource))
            or not \(hasNoTruncate) as yes
        """
    }

    /// Whether some of that is about a key that was logged, or the table was emptied.
    var meetsOwnChanges: SQL {
        let same = target.key.enumerated().map { number, key in
            "l.k\(number + 1) \(key.equals) m.k\(number + 1)"
        }
        return """
            select exists (
                    select
                    from \(target.log) as l
                        join \(target.log) as m on \(raw: same.joined(separator: " and "))
                    where \(unseenBySource)
                        and m.xid = \(xid)
                )
                or not \(hasNoTruncate) as yes
            """
    }

    /// The fields of a staged row that is not there any more, but for the values that it has not.
    var keyParts: [BinaryRows.Part] { [.fields(0..<Self.headFields)] + keyFields }
    var copyKeys: SQL {
        """
        copy \(piece) (changed_at, origin, echo, blind, present, \(raw: keyPlaces)) \
        from stdin \(format)
        """
    }
    private var keyPlaces: String { target.key.map(place).joined(separator: ", ") }
    private var keyFields: [BinaryRows.Part] {
        target.key.map { key -> BinaryRows.Part in
            let field = Self.headFields + target.position(of: key.name) - 1
            return .fields(field..<field + 1)
        }
    }

    /// Deletes what is gone at the source.
    var deleteEven: SQL {
        """
        delete from \(target.rows) as t
        using \(piece) as s
        where \(sameKey("s", "t"))
            and not s.present
            and \(isOld)
        """
    }

    /// Updates what both sides have, and what differs.
    var updateEven: SQL {
        """
        update \(target.rows) as t
        set \(assignments)
        from \(piece) as s
        where \(sameKey("s", "t"))
            and s.present
            and \(imageOfRow("t")) *<> \(imageOfStage("s"))
            and \(isOld)
        """
    }

    /// Inserts all that are there to have.
    var insertEven: SQL {
        """
        insert into \(target.name) (\(columnNames))
        overriding system value
        select \(stagedValues)
        from \(piece) as s
        where s.present
        """
    }

    /// Logs the piece.
    func logEven(isNew: Bool) -> SQL {
        """
        insert into \(target.log) \(logColumns)
        select \(xid), s.changed_at, s.origin, \(raw: String(terms.source)),
            case when s.present then \(literal: isNew ? "I" : "U") else 'D' end::"char", \(stagedKey)
        from \(piece) as s
        """
    }

    /// At the source: all rows in the order of the key, where a third of them or more is pending.
    var setJoin: SQL {
        let third: SQL = """
            (
                    select sum(case
                            when c.reltuples > 0 then c.reltuples
                            else pg_relation_size(c.oid) / 100
                        end)::bigint / 3
                    from replication.parts_of(\(literal: source.fullName)::regclass) as p
                        join pg_class as c on c.oid = p.relid
                )
            """
        return """
            select set_config(s.name, case when e.count > \(third) then 'off' else 'on' end, true)
            from (values ('enable_nestloop'), ('enable_hashjoin')) as s (name)
                cross join (
                    select count(*)
                    from (
                        select
                        from \(source.log) as l
                        where \(pendingAtSource ?? "true")
                        limit \(third) + 1
                    ) as l
                ) as e
            """
    }
}
