/// How long to wait before an edge is tried again.
///
/// What passes by itself is tried soon, and more seldom the longer it lasts. What only a person can mend
/// is tried slowly from the beginning: nobody shall have to restart the program after it.
struct Backoff: Hashable {
    /// Between two syncs while all is well, in seconds.
    let interval: Double
    /// How many tries in a row have failed.
    private(set) var failures = 0

    /// The longest wait, in seconds, unless the interval is longer.
    static let longest = 300.0
    /// The first wait where a person is needed, in seconds.
    static let slow = 60.0

    init(interval: Double) { self.interval = interval }

    /// After a sync.
    mutating func succeed() -> Double {
        failures = 0
        return interval
    }

    /// After a failure: twice as long each time, less up to a fifth, so that the agents of many laptops
    /// do not all come back to a server at once.
    ///
    /// - Parameter passes: whether waiting may help, as with a server that is away.
    mutating func fail(passes: Bool, using generator: inout some RandomNumberGenerator) -> Double {
        // Beyond this it is the longest anyway.
        failures = min(failures + 1, 30)
        let first = passes ? max(interval, 1) : max(interval, Self.slow)
        var seconds = first
        for _ in 1..<failures { seconds = min(seconds * 2, Self.longest) }
        seconds = max(seconds, interval)
        return max(interval, seconds * Double.random(in: 0.8...1, using: &generator))
    }
}
