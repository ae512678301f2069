import Postgres

/// Rows of two keys that claim one value of a unique index or an exclusion constraint: the policy
/// picks one of them, as of two versions of one row. The other key goes back to what the winner's
/// side has for it, mostly nothing, and the row that lost is kept whole in the history. Where that
/// would remove a row that others refer to, nothing is changed, and the source's row waits.
extension Direction {
    /// Decides the clashes of the staged rows that are not carried out yet, until there are none.
    func settleClashes(_ work: inout Work) throws {
        guard !work.table.target.claims.isEmpty else { return }
        for statement in work.table.createClash { try target.execute(statement) }
        while try findClashes(work.table) {
            try refuseUnaskedMerge(work)
            let deadlocked = try target.query(work.table.deadlocked).map { try $0.string("staged") }
            for statement in work.table.judgeClashes { try target.execute(statement) }
            if !deadlocked.isEmpty { try target.execute(work.table.letWait(deadlocked)) }
            try fetchDisplaced(&work)
            try waitForReferences(work.table)
            try letWait(work.table)
            try target.execute(work.table.refuse)
            for statement in work.table.displace { try target.execute(statement) }
            work.hasClashes = true
        }
        if work.hasClashes { try count(try target.query(work.table.countVerdicts), into: &work) }
    }

    private func findClashes(_ table: TableWork) throws -> Bool {
        try table.target.claims.reduce(0) { count, claim in
            try count + target.execute(table.findClashes(claim))
        } > 0
    }

    private func refuseUnaskedMerge(_ work: Work) throws {
        guard work.table.terms.isFirst, !options.merges else { return }
        throw ReplicationError.rowsDiffer(
            sourceNode.label, targetNode.label,
            counts: ["\(work.report.name): rows of different keys claim one value"])
    }

    /// Stages what the source has for the keys that lose on the target.
    private func fetchDisplaced(_ work: inout Work) throws {
        let table = work.table
        if let row = try target.query(table.displacedKeys).first {
            let keys = try table.target.key.indices.map { try row.string("k\($0 + 1)") }
            let copied = try source.copy(
                table.fetch(keys: keys), to: target, into: table.copyIn)
            try translateObjects([work])
            work.report.staged += copied.rows
            work.fetched += copied.rows
        }
        try target.execute(table.nameLosers)
        if table.terms.isPartial { try target.execute(table.waitForUnknown) }
    }

    /// A loser that would vanish although rows refer to it, here or at the source, keeps its place.
    private func waitForReferences(_ table: TableWork) throws {
        let here = try ForeignKey.all(target, touching: [table.target.id])
        for key in here where key.parentRelation == table.target.id {
            try target.execute(table.waitForReferences(key))
        }
        let there = try ForeignKey.all(source, touching: [table.source.id])
            .filter { $0.parentRelation == table.source.id }
        guard !there.isEmpty, let row = try target.query(table.vanishing).first else { return }
        let staged = try row.string("staged")
        let keys = try table.target.key.indices.map { try row.string("k\($0 + 1)") }
        if table.terms.isPartial {
            // It does not have all of the source's rows that could refer to one.
            try target.execute(table.letWait(row.strings("staged")))
            return
        }
        for key in there {
            let referred = try source.query(
                table.referredAtSource(key, staged: staged, keys: keys)
            ).map { try $0.string("staged") }
            try target.execute(table.letWait(referred))
        }
    }

    private func letWait(_ table: TableWork) throws {
        var rows: [String: [String]] = [:]
        for row in try target.query(table.mustWait) {
            rows[try row.string("claim"), default: []].append(try row.string("staged"))
        }
        guard !rows.isEmpty else { return }
        throw Held(
            relation: table.target.id,
            rows: rows.sorted { $0.key < $1.key }.map { claim, staged in
                Held.Rows(
                    reason: "another row holds its value, and one that rows refer to or that waits "
                        + "itself\(table.isHome ? ", or that is outside the filter," : "") would have to "
                        + "give way",
                    constraint: claim, condition: "s.ctid = any (\(staged)::text[]::tid[])")
            })
    }

    /// Proves the claims that PostgreSQL does not check in replica role, as it does those of
    /// deferrable constraints. Under a lock: a user's transaction may have made its own check before
    /// our rows were there, and commit after this look.
    func proveClaims(_ works: [Work]) throws {
        for work in works where work.table.hasDeferrable && !work.table.target.isSystem {
            let table = work.table
            try target.execute("lock table \(table.target.name) in share row exclusive mode")
            let claims = table.target.claims + [table.keyClaim]
            for claim in claims where !claim.isImmediate {
                let broken = try target.query(table.brokenClaim(claim))
                    .map { try $0.string("staged") }
                guard broken.isEmpty else {
                    throw Held(
                        relation: table.target.id,
                        rows: [
                            Held.Rows(
                                reason: "another row holds its value", constraint: claim.name,
                                condition: "s.ctid = any (\(broken)::text[]::tid[])")
                        ])
                }
            }
        }
    }
}
