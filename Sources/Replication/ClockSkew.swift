import Postgres

/// How far the clocks of two servers are apart.
///
/// Nothing is lost by a wrong clock, but `newest` chooses wrong winners between nodes that have not
/// met, and a node that has seen a change from the future goes on from there (the hybrid clock).
public struct ClockSkew: Sendable, Hashable {
    /// By how many seconds the second clock is ahead of the first; below zero, behind it.
    public let seconds: Double
    /// How far from the truth that can be at most: half of what the answers took.
    public let error: Double

    /// More than so many seconds are worth a warning.
    public static let tolerance = 2.0

    /// Whether the clocks are too far apart, however the measurement went.
    public var isTooLarge: Bool { abs(seconds) - error > Self.tolerance }

    /// Whether the clocks may as well agree, as far as the measurement can tell.
    public var isWithinError: Bool { abs(seconds) <= max(error, 0.01) }

    /// The same as the second server sees it.
    var reversed: ClockSkew { ClockSkew(seconds: -seconds, error: error) }

    /// As in "the clock of B `is 3.2 s (to 0.01 s) ahead of` A's".
    public var inWords: String {
        let how = seconds < 0 ? "behind" : "ahead of"
        return "is \(Self.rounded(abs(seconds))) s (to \(Self.rounded(max(error, 0.01))) s) \(how)"
    }

    /// To hundredths.
    public static func rounded(_ seconds: Double) -> String {
        "\((seconds * 100).rounded() / 100)"
    }

    init(seconds: Double, error: Double) {
        self.seconds = seconds
        self.error = error
    }

    init(_ first: ClockReading, _ second: ClockReading) {
        let apart = (second.middle - first.middle).seconds
        self.init(
            seconds: second.server - first.server - apart, error: first.error + second.error)
    }
}

/// What a server's clock showed, and when that was by the agent's.
struct ClockReading {
    /// Seconds since 1970.
    let server: Double
    /// The middle between question and answer.
    let middle: ContinuousClock.Instant
    /// Half of the time between them, in seconds.
    let error: Double

    /// From four times, as NTP (RFC 5905, section 8) has it: what the server took between them is no part
    /// of the way.
    ///
    /// - Parameters:
    ///   - sentAt: when the question was sent.
    ///   - received: the server's clock when it came, in seconds since 1970.
    ///   - answered: the server's clock when it was answered.
    ///   - heardAt: when the answer came.
    init(
        sentAt: ContinuousClock.Instant, received: Double, answered: Double,
        heardAt: ContinuousClock.Instant
    ) {
        let took = heardAt - sentAt
        server = (received + answered) / 2
        middle = sentAt + took / 2
        error = max(0, took.seconds - (answered - received)) / 2
    }
}
