import ArgumentParser
import Foundation
import Synchronization

/// A signal that asks the program to end, taken note of and obeyed at the next `check`, so that what
/// was begun is cleaned up. A second Ctrl-C ends it at once.
enum Interruption {
    /// The signal that came; 0 where none did.
    private static let received = Atomic<Int32>(0)

    /// From now on, signals are only noted; also where the program that started us had them blocked,
    /// which is inherited.
    static func watch() {
        // The handler must not be the first to touch a static: that takes a lock.
        received.store(0, ordering: .relaxed)
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] {
            signal(number) { number in
                Interruption.received.store(number, ordering: .relaxed)
                // A closed pipe is met at every line, and is no second request.
                if number != SIGPIPE { signal(number, SIG_DFL) }
            }
            sigaddset(&signals, number)
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Throws the exit status that stands for the signal, where one came.
    static func check() throws {
        let number = received.load(ordering: .relaxed)
        if number != 0 { throw ExitCode(128 + number) }
    }
}
