import Foundation
import Synchronization
import TestSupport

@testable import Postgres

/// A run of the built program that is killed from outside when it is about to send its nth
/// statement, counted over all its connections.
struct KilledRun {
    /// The exit status; 128 and more is a signal's.
    let status: Int32
    /// How many statements it sent or was about to send.
    let statements: Int
    /// What it printed and said.
    let said: String
    /// The statement at which it was killed; empty where it came to its end.
    let statement: String

    /// Whether it came to its end before the nth statement.
    var isComplete: Bool { status != 128 + SIGKILL }

    private struct State {
        var pid: pid_t?
        var statements = 0
        var statement = ""
    }

    /// Starts it and waits for its end.
    ///
    /// - Parameters:
    ///   - arguments: those of the program, which reaches its databases through the proxies.
    ///   - proxies: in front of the databases.
    ///   - number: of the statement; none if nil.
    ///   - isSent: whether the statement still reaches the server, whose process then works for
    ///     nobody; else it is lost with the agent.
    init(
        _ arguments: [String], through proxies: [Proxy], at number: Int?, isSent: Bool = false
    ) throws {
        let state = Mutex(State())
        for proxy in proxies {
            proxy.rule { passage in
                guard passage.kind == .statement else { return .pass }
                let count = state.withLock { state in
                    state.statements += 1
                    if state.statements == number { state.statement = passage.statement }
                    return state.statements
                }
                guard let number, count >= number else { return .pass }
                while true {
                    if let pid = state.withLock({ $0.pid }) {
                        kill(pid, SIGKILL)
                        return isSent && count == number ? .pass : .cut
                    }
                    usleep(1_000)
                }
            }
        }
        defer { for proxy in proxies { proxy.rule { _ in .pass } } }
        let folder = FileManager.default.temporaryDirectory.path
        let output = folder + "/" + UUID().uuidString
        defer { unlink(output) }
        let child = try ChildProcess(
            [DemoRun.program] + arguments, in: folder, output: output)
        state.withLock { $0.pid = child.pid }
        status = child.wait()
        said = String(
            decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        (statements, statement) = state.withLock { ($0.statements, $0.statement) }
    }

    /// A plain run; again while the edge is busy: a server process that works for an agent that is
    /// no more is given a moment to notice.
    static func again(_ arguments: [String]) throws -> KilledRun {
        var run = try KilledRun(arguments, through: [], at: nil)
        for _ in 0..<200 where run.status == 75 {
            usleep(20_000)
            run = try KilledRun(arguments, through: [], at: nil)
        }
        return run
    }

    /// A run under a rule for each proxy.
    ///
    /// - Parameter rule: also gets the number of the proxy, from 0.
    static func under(
        _ arguments: [String], _ proxies: [Proxy],
        rule: @escaping @Sendable (Int, Proxy.Passage) -> Proxy.Fate
    ) throws -> KilledRun {
        for (number, proxy) in proxies.enumerated() { proxy.rule { rule(number, $0) } }
        defer {
            for proxy in proxies {
                proxy.rule { _ in .pass }
                proxy.reappear()
            }
        }
        return try KilledRun(arguments, through: [], at: nil)
    }

    /// The numbers of the statements at which to kill a command, of `count`: all of them where
    /// TROMPE_KILL_POINTS is `all` or the command's name, those from and to where it is `80-90`,
    /// else every `stride`th, beginning anywhere. Where they follow each other each is there twice,
    /// to be lost once and sent once: the moment between one that is lost and a next one that is
    /// sent would never be tried.
    static func points(_ command: String, _ count: Int, stride: Int) -> [Int] {
        let wanted = ProcessInfo.processInfo.environment["TROMPE_KILL_POINTS"] ?? ""
        if ["all", command].contains(wanted) { return (1...count).flatMap { [$0, $0] } }
        let ends = wanted.split(separator: "-").compactMap { Int($0) }
        if ends.count == 2 {
            return (1...count).filter { (ends[0]...ends[1]).contains($0) }.flatMap { [$0, $0] }
        }
        let seed = SeededGenerator.seed()
        var random = SeededGenerator(seed: seed)
        let first = Int.random(in: 1...stride, using: &random)
        print("\(command): kill points from \(first) by \(stride) (TROMPE_SEED=\(seed))")
        return Array(Swift.stride(from: first, through: count, by: stride))
    }
}
