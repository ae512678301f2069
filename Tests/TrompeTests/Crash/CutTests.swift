import Foundation
import Postgres
import Synchronization
import TestSupport
import Testing

/// Connections that are cut or go silent in the middle of a COPY or of a COMMIT: the program ends
/// with status 75 and a hint, and a plain rerun is all that is needed.
@Suite struct CutTests {
    private func withPair(_ body: (CrashPair) throws -> Void) throws {
        let pair = try CrashPair()
        defer { pair.remove() }
        try body(pair)
    }

    private func expectLater(_ run: KilledRun, _ when: String) {
        #expect(run.status == 75, "\(when): \(run.said)")
        #expect(run.said.contains("trompe: ") && run.said.contains("\nhint: "), "\(when)")
    }

    /// Lets the nth passage that is one of those meant meet a fate.
    private final class Nth: Sendable {
        private let left: Mutex<Int>
        private let fate: Proxy.Fate

        init(_ number: Int, _ fate: Proxy.Fate) {
            left = Mutex(number)
            self.fate = fate
        }

        var wasMet: Bool { left.withLock { $0 <= 0 } }

        func fate(_ isMeant: Bool) -> Proxy.Fate {
            guard isMeant else { return .pass }
            return left.withLock { left in
                left -= 1
                return left == 0 ? fate : .pass
            }
        }
    }

    @Test func copiesAreCutOnEitherSide() throws {
        try withPair { pair in
            for side in 0...1 {
                for isFromServer in [true, false] {
                    try pair.change()
                    let number = Int.random(in: 1...20)
                    let nth = Nth(number, .cutInside)
                    let run = try KilledRun.under(pair.through(), pair.proxies) { proxy, row in
                        nth.fate(
                            proxy == side && row.kind == .row
                                && row.isFromServer == isFromServer)
                    }
                    let when = "row \(number) at \(side), from the server: \(isFromServer)"
                    #expect(nth.wasMet, "\(when)")
                    expectLater(run, when)
                    try pair.expectRecovery(when)
                }
            }
        }
    }

    /// Every COMMIT of a sync, before the server has it, and after the server has done it.
    @Test func answersToCommitsAreLost() throws {
        try withPair { pair in
            var cut = 0
            for kind in [Proxy.Passage.Kind.statement, .answer] {
                for number in 1...20 {
                    try pair.change()
                    let nth = Nth(number, .cut)
                    let run = try KilledRun.under(pair.through(), pair.proxies) { _, passage in
                        nth.fate(passage.kind == kind && passage.statement == "commit")
                    }
                    let when = "\(kind) of commit \(number)"
                    if nth.wasMet {
                        expectLater(run, when)
                        cut += 1
                    } else {
                        #expect(run.status == 0, "\(run.said)")
                    }
                    try pair.expectRecovery(when)
                    if !nth.wasMet { break }
                }
            }
            // Of each direction at least that of the target, and that of the source's offer.
            #expect(cut >= 8)
            print("\(cut) commits were cut")
        }
    }

    /// Nothing is told: neither end learns that the other one is out of reach.
    @Test func silenceEndsInABoundedTime() throws {
        try withPair { pair in
            let cases = [(Proxy.Fate.vanish, 0, "copy"), (.mute, 1, "commit")]
            for (fate, side, statement) in cases {
                try pair.change()
                let nth = Nth(1, fate)
                let arguments = pair.through(" keepalives_idle=1 connect_timeout=2")
                let run = try KilledRun.under(arguments, pair.proxies) { proxy, passage in
                    nth.fate(
                        proxy == side && passage.statement.hasPrefix(statement)
                            && (passage.kind == .row || passage.kind == .answer))
                }
                let when = "\(fate) at a \(statement)"
                #expect(nth.wasMet, "\(when)")
                expectLater(run, when)
                try pair.expectRecovery(when)
            }
        }
    }
}
