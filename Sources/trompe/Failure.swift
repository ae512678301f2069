import Foundation
import Postgres
import Replication

/// An error as a person reads it, with the exit status that stands for it.
struct Failure: Error {
    /// The message, and a hint line.
    let text: String
    /// 1 failed, 75 try again later; 0 where nothing was to be done.
    let status: Int32
    /// The message alone.
    let message: String
    /// What to do about it.
    let hint: String?
    /// The server's code, where it was a server that said it.
    var sqlstate: String?
    /// The same for the same trouble, also where the words tell how long it has been there.
    let identity: String

    /// Whether another agent is at it, which is in order.
    var isBusy = false

    /// Any error.
    init(of error: any Error) {
        self = Failure(error) ?? Failure(text: "\(error)", status: 1)
    }

    /// Of several edges, one that is paused is skipped, which is no failure.
    init(skippingIfPaused error: ReplicationError) {
        if case .paused = error {
            self.init(text: "\(error.message); skipped", status: 0)
        } else {
            self.init(of: error)
        }
    }

    /// One of the program's own.
    init(_ message: String, hint: String, status: Int32) {
        text = "\(message)\nhint: \(hint)"
        self.status = status
        self.message = message
        self.hint = hint
        identity = message
    }

    private init(text: String, status: Int32) {
        self.text = text
        self.status = status
        message = text
        hint = nil
        identity = text
    }

    /// Nil for an error that is none of ours.
    init?(_ error: any Error) {
        switch error {
        case let error as Failure:
            self = error
        case let error as ReplicationError:
            text = error.description
            status = error.exitStatus
            message = error.message
            hint = error.hint
            if case .busy = error { isBusy = true }
            identity = isBusy ? "busy" : error.message
        case let error as PostgresError:
            text = Self.text(of: error)
            status = error.isPassing ? 75 : 1
            message = error.summary
            hint = error.hint ?? Self.hint(for: error)
            sqlstate = error.sqlstate
            identity =
                error.isPassing
                ? "\(error.database) \(error.isConnectionFailure ? "away" : error.sqlstate ?? "")"
                : error.summary
        case let error as CocoaError:
            // Foundation could not read or write a file of ours.
            let why = error.underlying ?? error
            self = Failure(
                [error.filePath, why.localizedDescription].compactMap { $0 }.joined(
                    separator: ": "),
                hint:
                    "what was not committed is undone; see to the disk, or name a folder with more "
                    + "room in TMPDIR, and run the same again", status: 1)
        default:
            return nil
        }
    }

    private static func text(of error: PostgresError) -> String {
        if error.sqlstate == "P0001" {
            // Raised by a function of ours, in words for a person.
            return "\(error.database): \(error.message)"
                + (error.hint.map { "\nhint: \($0)" } ?? "")
        }
        return describe(error)
    }

    private static func describe(_ error: PostgresError) -> String {
        error.hint == nil
            ? "\(error)" + (hint(for: error).map { "\nhint: \($0)" } ?? "") : "\(error)"
    }

    /// What to do where the server does not say it.
    private static func hint(for error: PostgresError) -> String? {
        switch error.sqlstate {
        case SQLState.insufficientPrivilege:
            "the role needs more rights; as the owner or a superuser, grant what the message names"
        case SQLState.undefinedDatabase:
            "create the database first, or correct its name"
        case SQLState.invalidPassword, SQLState.invalidAuthorization:
            "put the password into ~/.pgpass, or correct the role"
        case SQLState.lockNotAvailable:
            "somebody else holds a lock; try again later, or give it longer with --lock-timeout"
        case _ where error.isConnectionFailure && error.statement == nil:
            "is the server running, and the address right? Try again later"
        case _ where error.isConnectionFailure:
            "what was not committed is undone; try again later, and it goes on from there"
        default:
            nil
        }
    }
}
