extension ReplicationError {
    /// What to do about it.
    public var hint: String? {
        switch self {
        case .notInstalled(let database):
            "run: trompe install \(database) --node N"
        case .schemaOlder(let database, _):
            "run: trompe upgrade \(database)"
        case .schemaOfOtherBuild(let database):
            "nothing was changed. All nodes of a tree, and all who sync them, use one build: put the "
                + "newest one everywhere, then run with it: trompe upgrade \(database)"
        case .schemaOfOthers(_, let owner):
            "nothing was changed; run it as \(owner), who installed it, or as a superuser"
        case .schemaNewer:
            "use a newer trompe"
        case .serverTooOld:
            "trompe works with PostgreSQL 15 and newer"
        case .inRecovery:
            "sync with the primary server"
        case .badNumber:
            "a node number lies between 1 and the modulus, and the modulus between 2 and 32767"
        case .installedOtherwise:
            "a node keeps its number, name and modulus; to change them, run trompe uninstall first"
        case .notAttached:
            "run the same command again: it goes on where it stopped"
        case .sameDatabase:
            "give two different databases"
        case .sameNumber, .numberTaken:
            "uninstall one of the two, and install it with a number that no other node has"
        case .differentModulus:
            "uninstall one of the two, and install it with the modulus of the tree"
        case .cycle(let a, let b, _, let isNew):
            isNew
                ? "nodes form a tree: there is a way between the two already (where an edge of it was "
                    + "removed elsewhere, sync \(a) and \(b) with their neighbours first: they have "
                    + "not heard of it)"
                : "it is the youngest edge of the cycle; run: trompe unlink \(a) \(b)"
        case .notNeighbours(let a, let b):
            "make them neighbours: trompe link \(a) \(b)"
        case .halfLinked(let knows, let knowsNot):
            "finish it: trompe link \(knows) \(knowsNot) (or trompe unlink \(knows) \(knowsNot)). Where "
                + "\(knows) was taken for lost, and others took its place (trompe graft): trompe "
                + "uninstall \(knows) --force, install it with a number that no node has had, link it, "
                + "and sync with --merge"
        case .otherNode(let database, let expected, let knownTo, let number):
            "nothing was changed. If it is \(expected), made anew, end the old edge with trompe "
                + "unlink \(knownTo) --node \(number), and link again; if it is a copy, or another "
                + "took its place, run trompe rejoin \(database) \(knownTo) --node N; else uninstall "
                + "one of the two, and install it with another number"
        case .noNeighbours(let database):
            "make it one: trompe link \(database) OTHER"
        case .noNeighbour(let database, _):
            "list them: trompe status \(database)"
        case .noService:
            "name the other database: trompe sync A B, or link them by service names"
        case .stillLinked:
            "unlink them first: trompe unlink A B"
        default:
            hintOfSync
        }
    }

    private var hintOfSync: String? {
        switch self {
        case .schemasDiffer:
            "make the tables alike on both sides, then run the same command again"
        case .schemaChangeFailed(_, let target, let change, _, _):
            "nothing was changed. Remove what is in its way on \(target), and sync again; or do by hand "
                + "what it should do, if anything (there, begin the transaction with select "
                + "replication.pause_ddl()), and let it count as done: trompe ddl \(target) "
                + "--skip \(change.uid)"
        case .schemaChangeLost(_, let target, let change):
            "nothing was changed. Do the same on \(target) by hand (there, begin the transaction with "
                + "select replication.pause_ddl()), then: trompe ddl \(target) --skip \(change.uid)"
        case .schemaContradiction(let a, _, let b, _, _):
            "nothing was changed. Change one of them, on \(a) or on \(b), so that both are alike, and "
                + "sync again: then all these statements count as done"
        case .schemaNewerAtTarget(_, _, _, let isOneWay):
            "nothing was changed, as rows of the older schema would lose values. "
                + (isOneWay ? "Sync both ways: changes of schema come first" : "Sync again")
        case .roleMissing(let database, let role, let exists, _):
            exists
                ? "nothing was changed. As a superuser: grant \(role) to the agent's role on "
                    + "\(database); or sync with --schema-as-agent, which carries out changes of "
                    + "schema with the agent's own rights"
                : "nothing was changed. Create the role on \(database); or sync with "
                    + "--schema-as-agent, which carries out changes of schema as the agent's role"
        case .schemaChangeKnown(let database, _):
            "nothing was changed; list them: trompe ddl \(database)"
        case .rowsDiffer:
            "sync with --merge to let the policies decide row by row (losers are kept in "
                + "replication.conflict); two serials that both began at 1 are no merge"
        case .notClonable(_, _, let hint), .notExportable(_, _, _, let hint),
            .fileRefused(_, _, let hint):
            hint
        case .notComparable(let a, let b, _):
            "nothing was changed; run: trompe sync \(a) \(b)"
        case .busy(_, _, let occupants):
            "nothing to do; try again later if its changes are urgent"
                + (occupants.first.map { "\($0.wayOut)" } ?? "")
        case .edgesInUse:
            "try again after the next sync with each neighbour"
        case .missingGrants(_, let statements), .mayNot(_, _, let statements):
            "as the owner or a superuser: " + statements.joined(separator: "; ")
        case .captureBroken(_, _, let hint):
            hint
        case .notOriginal(let database, let neighbour):
            "nothing was changed. If it takes the place of the database that is gone, run: trompe "
                + "rejoin \(database) \(neighbour); if that one lives on, add --node N with a number "
                + "that no other node has"
        case .mustRejoin(let database, let neighbour):
            "nothing was changed; run: trompe rejoin \(database) \(neighbour)"
        case .copyNeedsNumber(let database, _, let neighbour, _):
            "nothing was changed; give it a number that no other node has: trompe rejoin "
                + "\(database) \(neighbour) --node N. Only if the other database is gone for good: "
                + "trompe rejoin \(database) \(neighbour) --replace"
        case .needsOwner:
            "run trompe install on it again as the owner of the tables, then give this role the "
                + "rights that the next sync names"
        case .wentBack(let database, let neighbour, _):
            "it was restored or copied, or lost transactions in a crash; nothing was changed. Run: "
                + "trompe rejoin \(database) \(neighbour) (if it is a copy, and the original lives "
                + "on, with --node N)"
        case .policyFunctionMissing:
            "nothing was changed; create the function (older jsonb, newer jsonb) there, as on the "
                + "other nodes"
        case .settingsChanged:
            "nothing was changed; look at triggers that are ENABLE ALWAYS or REPLICA, at functions in "
                + "CHECK constraints and indexes, and at the policy's function: give such a function "
                + "a SET clause of its own (create function ... set search_path = ...), which ends "
                + "with it"
        case .codeFailed:
            "nothing was changed; a function of the table's raised it: of a trigger that is ENABLE "
                + "ALWAYS or REPLICA, of a CHECK constraint, a generated column or an index, or the "
                + "policy's. Let it take the rows, or the trigger fire for users only (enable "
                + "trigger), then run the same command again"
        case .objectForbidden(_, let role, _, let isSource):
            "nothing was changed. As the object's owner or a superuser: grant "
                + (isSource ? "select" : "select, update")
                + " on large object NUMBER to \(role); or make it a member of the role that owns it, "
                + "which is enough for all of its objects"
        case .noConflict(let database, _):
            "list them: trompe conflicts \(database)"
        case .notRestorable(_, _, _, _, true, _):
            "nothing was changed; put the row that it refers to back first"
        case .notRestorable(_, _, _, _, _, let hasChildren):
            hasChildren
                ? "nothing was changed; restoring takes the row away, and others refer to it: delete "
                    + "those or let them refer to another one first"
                : "nothing was changed; change what stands in the way, then run the same command again"
        case .movedOn(_, _, _, let isOfTwoKeys):
            "nothing was changed; "
                + (isOfTwoKeys
                    ? "it is the row to which the key went back, or was written since; to overwrite it"
                    : "to overwrite what is there now") + ", run it again with --force"
        case .unreadable(_, _, let what):
            what == "age"
                ? "give one such as 30d, 12h or \"2 months\""
                : "give one such as \"2026-11-21 07:30\", today or yesterday, in UTC"
        case .unknownTable(let database, _):
            "name a table that is replicated, with its schema (of a partition, the partitioned "
                + "table); trompe status \(database) lists those that are not, and why"
        case .tooBusy:
            "nothing was changed; try again later"
        case .cutOff(_, _, _, let isFurther):
            isFurther
                ? "nothing is lost; the next sync goes on from there"
                : """
                nothing is lost, but this try brought nothing new: what must come at once, such as \
                one very large row, may be more than the link carries before it drops
                """
        case .halfDone(_, _, _, let hint, _), .noObjectColumn(_, _, let hint),
            .noRow(_, _, let hint):
            hint
        default:
            hintOfMembership
        }
    }
}
