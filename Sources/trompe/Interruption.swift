import ArgumentParser
import Foundation
import Synchronization

/// A signal that asks the program to end, taken note of and obeyed at the next `check`, so that what
/// was begun is cleaned up, or brought to its end. A second one ends it at once.
enum Interruption {
    /// The signal that came; 0 where none did.
    private static let received = Atomic<Int32>(0)
    /// A pipe into which the handler writes one byte that nobody reads: whoever looks at its other end
    /// wakes up, and does not fall asleep again.
    private static let bell = Atomic<Int32>(-1)
    private static let ear = Atomic<Int32>(-1)

    /// From now on, signals are only noted; also where the program that started us had them blocked,
    /// which is inherited.
    static func watch() {
        // The handler must not be the first to touch a static: that takes a lock.
        received.store(0, ordering: .relaxed)
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        }
        ear.store(ends[0], ordering: .relaxed)
        bell.store(ends[1], ordering: .relaxed)
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] {
            signal(number) { number in
                Interruption.received.store(number, ordering: .relaxed)
                Interruption.ring()
                // A closed pipe is met at every line, and is no second request.
                if number != SIGPIPE { signal(number, SIG_DFL) }
            }
            sigaddset(&signals, number)
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    private static func ring() {
        let saved = errno
        withUnsafeBytes(of: UInt8(0)) { byte in
            _ = write(bell.load(ordering: .relaxed), byte.baseAddress, 1)
        }
        errno = saved
    }

    /// The signal that came; nil where none did.
    static var number: Int32? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Throws the exit status that stands for the signal, where one came.
    static func check() throws {
        if let number { throw ExitCode(128 + number) }
    }

    /// Sleeps, until a signal comes at the latest, on whatever thread. Returns at once where one has come.
    static func sleep(seconds: Double) {
        let end = ContinuousClock.now + .seconds(seconds)
        while number == nil {
            let left = (end - .now) / .milliseconds(1)
            guard left > 0 else { return }
            var socket = pollfd(
                fd: ear.load(ordering: .relaxed), events: Int16(POLLIN), revents: 0)
            // In pieces: poll does not count for how long the machine itself slept, the clock does.
            poll(&socket, 1, Int32(min(left.rounded(.up), 10_000)))
        }
    }
}
