extension ReplicationError {
    /// What happened, and where.
    public var message: String {
        switch self {
        case .notInstalled(let database):
            "\(database): the schema \"replication\" is not installed here"
        case .schemaOlder(let database, let version):
            "\(database): the schema \"replication\" has version \(version); "
                + "this program needs \(Schema.version)"
        case .schemaNewer(let database, let version):
            "\(database): the schema \"replication\" has version \(version), "
                + "newer than this program's \(Schema.version)"
        case .serverTooOld(let database, let version):
            "\(database): the server is PostgreSQL \(version / 10_000)"
        case .inRecovery(let database):
            "\(database): the server is a standby, or is still recovering"
        case .badNumber(let node, let modulus):
            "there can be no node \(node) with the modulus \(modulus)"
        case .installedOtherwise(let database, let what):
            "\(database): is installed already, \(what)"
        case .notAttached(let database, let tables):
            "\(database): not all tables could be attached:" + lines(tables)
        case .sameDatabase(let a, let b):
            "\(a) and \(b) are the same database"
        case .sameNumber(let number, let a, let b):
            "\(a) and \(b) both have the node number \(number)"
        case .differentModulus(let a, let modulusA, let b, let modulusB):
            "\(a) was installed with the modulus \(modulusA), \(b) with \(modulusB)"
        case .numberTaken(let number, let here, let there):
            "the node number \(number) belongs to two nodes: \(here) and \(there)"
        case .cycle(let a, let b, let path, let isNew):
            "the edge \(a) - \(b) \(isNew ? "would close" : "closes") a cycle: \(path)"
        case .notNeighbours(let a, let b):
            "\(a) and \(b) are not neighbours"
        case .halfLinked(let knows, let knowsNot):
            "\(knows) knows \(knowsNot) as a neighbour, but not the other way round"
        case .otherNode(let database, let expected, let knownTo, _):
            "\(database): is another installation than the neighbour \(expected) of \(knownTo)"
        case .noNeighbours(let database):
            "\(database): has no neighbours"
        case .noNeighbour(let database, let number):
            "\(database): has no neighbour with the number \(number)"
        case .noService(let node, let neighbours):
            "\(node): knows no service name of " + neighbours.joined(separator: ", ")
        case .stillLinked(let database, let neighbours):
            "\(database): still has neighbours: " + neighbours.joined(separator: ", ")
        default:
            messageOfSync
        }
    }

    /// The messages of what can go wrong on the way of a sync.
    private var messageOfSync: String {
        switch self {
        case .schemasDiffer(let a, let b, let differences):
            "the replicated tables of \(a) and \(b) differ:" + lines(differences)
        case .schemaChangeFailed(let source, let target, let change, let because, let role):
            "\(target): a change of schema from \(source) cannot be carried out"
                + (role.map { " as \($0)" } ?? "") + ": \(because)\n  \(change.text)"
        case .schemaChangeLost(let source, _, let change):
            "\(source): the schema was changed by a statement whose text is not known: \(change.tag)"
        case .schemaContradiction(let a, let changeOfA, let b, let changeOfB, let objects):
            "\(a) and \(b) both changed \(objects.joined(separator: ", ")), each in another way:"
                + "\n  \(a): \(changeOfA.text)\n  \(b): \(changeOfB.text)"
        case .schemaNewerAtTarget(let source, let target, let change, _):
            "\(target) has changed its schema, and \(source) has not yet:\n  \(change.text)"
        case .roleMissing(let database, let role, let exists, let change):
            (exists
                ? "\(database): this role may not act as \(role)"
                : "\(database): there is no role \(role)")
                + ", who made a change of schema elsewhere:\n  \(change.text)"
        case .schemaChangeKnown(let database, let uid):
            "\(database): the change of schema \(uid) has been carried out or skipped already"
        case .rowsDiffer(let a, let b, let counts):
            "\(a) and \(b) hold different rows under equal keys:" + lines(counts)
        case .notComparable(let a, let b, let because):
            "\(a) and \(b) cannot be compared before they are synced:" + lines(because)
        case .busy(let a, let b):
            "another agent is syncing \(a) and \(b)"
        case .edgesInUse(let database):
            "\(database): an agent is syncing it, or the last one was cut off"
        case .missingGrants(let database, _):
            "\(database): this role may not do all that a sync must"
        case .captureBroken(let database, let problems, _):
            "\(database): changes may have escaped:" + lines(problems)
        case .notOriginal(let database, _):
            "\(database): is a copy of a node, or was restored from a dump of one"
        case .mustRejoin(let database, let neighbour):
            "\(database): came back from an older state, and has not rejoined \(neighbour) since"
        case .copyNeedsNumber(let database, let number, _, let why):
            "\(database): cannot take back the node number \(number): \(why)"
        case .needsOwner(let database, let reason):
            "\(database): a new table, partition or sequence must be attached, which this role may "
                + "not: \(reason)"
        case .wentBack(let database, let neighbour, let why):
            "\(database): has gone back in time, and cannot go on with \(neighbour): \(why)"
        case .policyFunctionMissing(let database, let table, let policy):
            "\(database): the policy of table \(table) is \(policy), which is not there"
        case .settingsChanged(let database, let settings, let tables):
            "\(database): a trigger or function changed settings of the session while rows were "
                + "applied (\(settings.joined(separator: ", "))) in one of the tables:"
                + lines(tables)
        case .codeFailed(let database, let table, let because, let sqlstate, let place):
            "\(database): rows of table \(table) could not be applied: \(because) (\(sqlstate))"
                + (place.map { ", in \($0)" } ?? "")
        case .objectForbidden(let database, let role, let because, _):
            "\(database): a large object is out of reach for role \(role): \(because)"
        case .noConflict(let database, let id):
            "\(database): there is no conflict \(id)"
        case .notRestorable(let database, let id, let table, let reason, _, _):
            "\(database): conflict \(id) of table \(table) cannot be restored: \(reason)"
        case .movedOn(let database, let id, let table, let isOfTwoKeys):
            isOfTwoKeys
                ? "\(database): conflict \(id) of table \(table) was between rows of two keys, and "
                    + "there is a row under the key that lost"
                : "\(database): the row of table \(table) is no longer as conflict \(id) left it"
        case .unreadable(let database, let text, let what):
            "\(database): \"\(text)\" is no \(what)"
        case .unknownTable(let database, let table):
            "\(database): table \(table) is not replicated"
        case .noObjectColumn(let database, let because, _):
            "\(database): \(because)"
        case .tooBusy(let database, let table):
            "\(database): "
                + (table.map { "the rows of table \($0) kept changing while they were decided" }
                    ?? "its tables or their rows kept changing while they were looked at")
        case .cutOff(let because, let target, let staged, _):
            "\(because); staged on \(target) by now: \(staged.joined(separator: ", "))"
        case .halfDone(let done, let missing, let because, _, _):
            "\(done) is done; \(missing) is not: \(because)"
        default:
            ""
        }
    }

    /// What to do about it.
    public var hint: String? {
        switch self {
        case .notInstalled(let database):
            "run: trompe install \(database) --node N"
        case .schemaOlder(let database, _):
            "run: trompe upgrade \(database)"
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
            "finish it: trompe link \(knows) \(knowsNot) (or trompe unlink \(knows) \(knowsNot))"
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
                + "what it should do, if anything, and let it count as done: trompe ddl \(target) "
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
        case .notComparable(let a, let b, _):
            "nothing was changed; run: trompe sync \(a) \(b)"
        case .busy:
            "nothing to do; try again later if its changes are urgent"
        case .edgesInUse:
            "try again after the next sync with each neighbour"
        case .missingGrants(_, let statements):
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
        case .halfDone(_, _, _, let hint, _), .noObjectColumn(_, _, let hint):
            hint
        default:
            nil
        }
    }
}
