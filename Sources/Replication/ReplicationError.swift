/// What a user can act on, each with what to do about it.
public enum ReplicationError: Error, Sendable, Hashable {
    /// The database has no schema "replication".
    case notInstalled(database: String)
    /// The schema is older than this program.
    case schemaOlder(database: String, version: Int)
    /// The schema is newer than this program.
    case schemaNewer(database: String, version: Int)
    /// The schema has this program's version, but is not what this program installs.
    case schemaOfOtherBuild(database: String)
    /// The schema belongs to a role that the present one may not act as.
    case schemaOfOthers(database: String, owner: String)
    /// The server is too old; the number as `server_version_num` writes it.
    case serverTooOld(database: String, version: Int)
    /// A standby takes no writes, and its neighbours would forget what it lost.
    case inRecovery(database: String)
    /// A node number or modulus that cannot be.
    case badNumber(node: Int, modulus: Int)
    /// Something else than this is installed here already.
    case installedOtherwise(database: String, what: String)
    /// Tables that could not be attached, with the reason.
    case notAttached(database: String, tables: [String])
    /// The two names lead to one database.
    case sameDatabase(String, String)
    /// Two nodes have one number.
    case sameNumber(Int, String, String)
    /// The nodes were installed with different moduli.
    case differentModulus(String, Int, String, Int)
    /// Two nodes of one tree would have one number.
    case numberTaken(number: Int, here: String, there: String)
    /// The edge would close a cycle, or does.
    case cycle(String, String, path: String, isNew: Bool)
    /// No edge joins the two.
    case notNeighbours(String, String)
    /// Only one side knows of the edge.
    case halfLinked(knows: String, knowsNot: String)
    /// The database behind a name is another node than the one the edge was made with.
    case otherNode(database: String, expected: String, knownTo: String, number: Int)
    /// The node stands alone.
    case noNeighbours(database: String)
    /// No neighbour has this number.
    case noNeighbour(database: String, number: Int)
    /// A neighbour cannot be reached to end an edge on its side, too.
    case neighbourAway(database: String, number: Int, because: String)
    /// The node does not know how to reach this neighbour.
    case noService(node: String, neighbours: [String])
    /// Neighbours stand in the way.
    case stillLinked(database: String, neighbours: [String])
    /// The tables of the two sides differ.
    case schemasDiffer(String, String, differences: [String])
    /// A change of schema that the target cannot carry out.
    case schemaChangeFailed(
        source: String, target: String, change: SchemaChange, because: String, role: String?)
    /// A change of schema whose text could not be had when it was made.
    case schemaChangeLost(source: String, target: String, change: SchemaChange)
    /// Both sides changed one thing in different ways.
    case schemaContradiction(
        a: String, changeOfA: SchemaChange, b: String, changeOfB: SchemaChange, objects: [String])
    /// The target's schema has changed since the source's: its rows would not fit.
    case schemaNewerAtTarget(
        source: String, target: String, change: SchemaChange, isOneWay: Bool)
    /// The role that made a change of schema is not to be had at the target.
    case roleMissing(database: String, role: String, exists: Bool, change: SchemaChange)
    /// A change of schema that has been carried out already.
    case schemaChangeKnown(database: String, uid: String)
    /// The first sync met rows that differ under equal keys.
    case rowsDiffer(String, String, counts: [String])
    /// Two neighbours whose large objects cannot be compared before a sync.
    case notComparable(String, String, because: [String])
    /// No clone can be made, or not into this database.
    case notClonable(database: String, because: String, hint: String)
    /// Two nodes that no graft can make neighbours.
    case notGraftable(String, String, because: String, hint: String)
    /// Two nodes of whose logs not all can be told that a graft must know.
    case graftNeedsMerge(String, String, dead: String, reasons: [String])
    /// A node that is to be taken for dead has answered.
    case stillAlive(database: String, a: String, b: String)
    /// No file can be made for this neighbour.
    case notExportable(database: String, neighbour: String, because: String, hint: String)
    /// A file that is not whole, not for this node, or does not fit what it has.
    case fileRefused(file: String, because: String, hint: String)
    /// Another agent is on the edge.
    case busy(String, String, by: [Occupant] = [])
    /// A person has paused the edge, or on one side the node.
    case paused(database: String, neighbour: String, pause: Pause)
    /// The two halves of a filter do not belong together: one side was not reached, or went back in time.
    case filtersDiffer(home: String, neighbour: String, tables: [String])
    /// A filter that names a column which a change of schema takes away.
    case filterBroken(database: String, table: String)
    /// A filter that cannot be set.
    case noFilter(database: String, table: String, because: String, hint: String?)
    /// An agent is on an edge of the node's, or the last one was cut off.
    case edgesInUse(database: String)
    /// The role may not do what a sync must.
    case missingGrants(database: String, statements: [String])
    /// A role that lacks rights for something else than a sync.
    case mayNot(database: String, task: String, statements: [String])
    /// Changes may have been made that no log names.
    case captureBroken(database: String, problems: [String], hint: String)
    /// The database is a copy of a node, or came out of a dump of one.
    case notOriginal(database: String, neighbour: String)
    /// A node that went back in time, and has not come back over this edge.
    case mustRejoin(database: String, neighbour: String)
    /// The node number belongs to another database by now, or still.
    case copyNeedsNumber(database: String, number: Int, neighbour: String, why: String)
    /// Something must be mended that only the owner of the tables can.
    case needsOwner(database: String, reason: String)
    /// A watermark and what it was taken from do not fit any more.
    case wentBack(database: String, neighbour: String, why: String)
    /// The condition of a filter that cannot be told of some row.
    case filterFails(database: String, table: String, neighbour: String, because: String)
    /// A policy names a function that this node does not have.
    case policyFunctionMissing(database: String, table: String, policy: String)
    /// Code of users changed the agent's session while a direction applied rows.
    case settingsChanged(database: String, settings: [String], tables: [String])
    /// Code of users failed while a direction applied rows.
    case codeFailed(
        database: String, table: String, because: String, sqlstate: String, place: String?)
    /// A large object that the agent's role may not read, or not write.
    case objectForbidden(database: String, role: String, because: String, isSource: Bool)
    /// No conflict with this number.
    case noConflict(database: String, id: String)
    /// A version that lost cannot be put back as the table is now.
    case notRestorable(
        database: String, id: String, table: String, reason: String, isParentMissing: Bool,
        hasChildren: Bool)
    /// The row of a conflict has moved on since it was decided.
    case movedOn(database: String, id: String, table: String, isOfTwoKeys: Bool)
    /// A text that stands for no time or age.
    case unreadable(database: String, text: String, what: String)
    /// A table that is not replicated.
    case unknownTable(database: String, table: String)
    /// No row can be meant by what was given as its table and key.
    case noRow(database: String, because: String, hint: String?)
    /// A column that was named as one with large objects, and is none that can be.
    case noObjectColumn(database: String, because: String, hint: String?)
    /// Rows went on changing while they were decided.
    case tooBusy(database: String, table: String?)
    /// The link dropped in the midst of a backlog, of which so much stays at the target.
    case cutOff(because: String, target: String, staged: [String], isFurther: Bool)
    /// A sync that did its first direction but not its second.
    case halfDone(done: String, missing: String, because: String, hint: String?, status: Int32)

    /// The exit status that stands for it: 1 failed, 75 try again later.
    public var exitStatus: Int32 {
        switch self {
        case .busy, .paused, .neighbourAway, .edgesInUse, .tooBusy, .cutOff,
            .schemaNewerAtTarget(_, _, _, isOneWay: false):
            75
        case .halfDone(_, _, _, _, let status): status
        default: 1
        }
    }
}

extension ReplicationError: CustomStringConvertible {
    /// What happened, and a `hint:` line with what to do.
    public var description: String {
        message + (hint.map { "\nhint: \($0)" } ?? "")
    }
}

extension ReplicationError {
    /// Each on a line of its own; twenty at most.
    func lines(_ items: [String]) -> String {
        items.prefix(20).map { "\n  \($0)" }.joined()
            + (items.count > 20 ? "\n  and \(items.count - 20) more" : "")
    }
}
