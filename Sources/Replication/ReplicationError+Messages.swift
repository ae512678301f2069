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
        case .schemaOfOtherBuild(let database):
            "\(database): the schema \"replication\" has version \(Schema.version), but was installed "
                + "by another build of this program"
        case .schemaOfOthers(let database, let owner):
            "\(database): the schema \"replication\" belongs to role \(owner)"
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
        case .notExportable(let database, let neighbour, let because, _):
            "\(database): no file can be made for \(neighbour): \(because)"
        case .fileRefused(let file, let because, _):
            "\(file): \(because)"
        case .notClonable(let database, let because, _):
            "\(database): cannot be cloned: \(because)"
        case .notComparable(let a, let b, let because):
            "\(a) and \(b) cannot be compared before they are synced:" + lines(because)
        case .busy(let a, let b, let occupants):
            "another agent is syncing \(a) and \(b)" + occupants.map { ": \($0)" }.joined()
        case .edgesInUse(let database):
            "\(database): an agent is syncing it, or the last one was cut off"
        case .mayNot(let database, let task, _):
            "\(database): this role may not \(task)"
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
        case .noObjectColumn(let database, let because, _), .noRow(let database, let because, _):
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
            messageOfMembership
        }
    }
}
