import Foundation

/// Random numbers that can be had again: SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// The seed of a run: TROMPE_SEED where it is set, else one of the moment.
    public static func seed() -> UInt64 {
        ProcessInfo.processInfo.environment["TROMPE_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 1...999_999_999)
    }

    /// Always the same numbers for one seed.
    public init(seed: UInt64) { state = seed }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
