import Foundation
import Synchronization

extension Connection {
    /// Connects to two databases at once, as `init` does to one: to reach a server takes longer than all
    /// that there may be to do.
    ///
    /// - Returns: what became of each.
    public static func both(
        _ first: String, _ second: String
    ) throws -> (Swift.Result<Connection, any Error>, Swift.Result<Connection, any Error>) {
        let addresses = try [first, second].map {
            try ConnectionString($0, label: nil, connectTimeout: 10)
        }
        // A pointer may not go from thread to thread; its number may.
        let handles = Mutex<[Int: Swift.Result<UInt, any Error>]>([:])
        DispatchQueue.concurrentPerform(iterations: 2) { index in
            let handle = Swift.Result { UInt(bitPattern: try connect(addresses[index])) }
            handles.withLock { $0[index] = handle }
        }
        let found = handles.withLock { $0 }
        let connections = addresses.enumerated().map { index, address in
            Swift.Result {
                guard let handle = try found[index]?.get().pointer else {
                    throw PostgresError("out of memory", database: address.label)
                }
                return try Connection(address, handle: handle, isProbe: false)
            }
        }
        return (connections[0], connections[1])
    }
}

extension UInt {
    fileprivate var pointer: OpaquePointer? { OpaquePointer(bitPattern: self) }
}
