import CLibPQ
import Foundation
import Synchronization

/// Ends the statement that a connection is running, from another thread or a signal handler.
///
/// It holds no part of the connection but a copy of its address and key, which libpq promises may
/// be used from anywhere at any time: hence the only `@unchecked Sendable` here.
public final class CancelHandle: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQfreeCancel(handle)
    }

    /// Asks the server to end the statement, which then fails with SQLSTATE 57014. One that has
    /// ended meanwhile is not hurt. Opens a connection of its own for it, and waits for that.
    ///
    /// - Returns: whether the request reached the server.
    @discardableResult
    public func cancel() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { reason in
            PQcancel(handle, reason.baseAddress, Int32(reason.count)) == 1
        }
    }

    /// The same, but waits only so long: libpq sets no limit to it, and a network that has vanished
    /// gives no answer. What was begun is then left to itself.
    func cancel(withinSeconds seconds: Int) -> Bool {
        let done = DispatchSemaphore(value: 0)
        let wasSent = Atomic(false)
        Thread.detachNewThread { [self] in
            wasSent.store(cancel(), ordering: .relaxed)
            done.signal()
        }
        let isDone = done.wait(timeout: .now() + .seconds(seconds)) == .success
        return isDone && wasSent.load(ordering: .relaxed)
    }
}
