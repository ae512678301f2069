import Foundation
import Testing

@testable import Postgres

/// Servers come and go, and leave nothing behind.
struct ThrowawayClusterTests {
    private func isRunning(_ pid: Int32) -> Bool { kill(pid, 0) == 0 }

    /// A server takes its last breath after pg_ctl says that it is stopped.
    private func hasEnded(_ pid: Int32) -> Bool {
        eventually { !isRunning(pid) }
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        for _ in 0..<200 {
            if condition() { return true }
            usleep(50_000)
        }
        return false
    }

    @Test func settingsHoldAndDataSurvivesACrash() throws {
        let cluster = try ThrowawayCluster(
            settings: ["max_prepared_transactions": "7", "cluster_name": #"it's a \ name"#],
            tcp: true)
        let name = try cluster.createDatabase("it's")
        let first = try #require(cluster.serverPID)
        do {
            let connection = try Connection(name)
            let row = try connection.query(
                """
                select current_setting('max_prepared_transactions')::int as prepared,
                    current_setting('cluster_name') as name, inet_server_port() as port
                """)[0]
            #expect(try row.int("prepared") == 7 && row.string("name") == #"it's a \ name"#)
            #expect(try row.int("port") == cluster.port)
            try connection.script("create table public.kept as select 5 as x")
        }
        try cluster.restart(immediate: true)
        #expect(cluster.serverPID != first)
        #expect(try Connection(name).query("select x from public.kept")[0].int("x") == 5)

        try cluster.stop()
        #expect(cluster.serverPID == nil && hasEnded(first))
        #expect(try failure { _ = try Connection(name) }.isConnectionFailure)
        try cluster.remove()
        try cluster.remove()
        #expect(!FileManager.default.fileExists(atPath: cluster.directory))
    }

    @Test func nothingIsLeftBehind() throws {
        var directory = ""
        var pid: Int32 = 0
        do {
            let cluster = try ThrowawayCluster()
            directory = cluster.directory
            pid = try #require(cluster.serverPID)
            #expect(isRunning(pid))
        }
        #expect(hasEnded(pid))
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func aFailedStartSaysWhyAndLeavesNothing() throws {
        let error = try failure {
            _ = try ThrowawayCluster(settings: ["shared_buffers": "nonsense"])
        }
        let said = error.description
        #expect(said.contains("shared_buffers"))
        let folder = try #require(said.firstMatch(of: #/[\w/]+/trompe-\w+/#)).output
        #expect(!FileManager.default.fileExists(atPath: String(folder)))
    }

    /// Else who reads from a pipe waits for as long as a server lives that was started meanwhile.
    @Test func aChildHoldsNoPipeOfOurs() throws {
        let pipe = Pipe()
        let child = try ChildProcess(["/bin/sleep", "60"], in: "/", output: "/dev/null")
        defer {
            kill(child.pid, SIGKILL)
            _ = child.wait()
        }
        try pipe.fileHandleForWriting.close()
        var reader = pollfd(
            fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&reader, 1, 10_000) == 1)
    }

    #if os(Linux)
        private static let openFiles = Int32(RLIMIT_NOFILE.rawValue)
    #else
        private static let openFiles = RLIMIT_NOFILE
    #endif

    /// Few files may be open, or very many are.
    @Test func aChildIsStartedWhateverTheLimitOfFilesIs() async {
        await #expect(processExitsWith: .success) {
            var limit = rlimit()
            getrlimit(Self.openFiles, &limit)
            limit.rlim_cur = min(4_096, limit.rlim_max)
            #expect(setrlimit(Self.openFiles, &limit) == 0)
            let pipe = Pipe()
            let high = Int32(limit.rlim_cur) - 1
            #expect(dup2(pipe.fileHandleForWriting.fileDescriptor, high) == high)
            try pipe.fileHandleForWriting.close()
            let child = try ChildProcess(["/bin/sleep", "60"], in: "/", output: "/dev/null")
            close(high)
            var reader = pollfd(
                fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            #expect(poll(&reader, 1, 10_000) == 1)
            kill(child.pid, SIGKILL)
            _ = child.wait()

            limit.rlim_cur = 64
            #expect(setrlimit(Self.openFiles, &limit) == 0)
            let second = try ChildProcess(["/bin/true"], in: "/", output: "/dev/null")
            #expect(second.wait() == 0)
        }
    }

    @Test func programsAreFoundOrNamed() throws {
        #expect(
            FileManager.default.isExecutableFile(
                atPath: try ThrowawayCluster.programs() + "/initdb"))
        #expect(try failure { _ = try ThrowawayCluster.programs(bin: "/nonexistent") }.hint != nil)
    }

    @Test func theServerEndsWithAnOwnerThatWasKilled() async throws {
        let result = await #expect(
            processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]
        ) {
            let cluster = try ThrowawayCluster()
            print("<\(cluster.directory) \(cluster.serverPID ?? 0)>")
            fflush(nil)
            kill(getpid(), SIGKILL)
        }
        let output = String(decoding: try #require(result).standardOutputContent, as: UTF8.self)
        let words = output.split { "< >\n".contains($0) }.map(String.init)
        let prefix = "\(ThrowawayCluster.parent)/trompe-"
        let directory = try #require(words.first { $0.hasPrefix(prefix) })
        let pid = try #require(words.compactMap { Int32($0) }.last)
        #expect(pid > 1)
        // The watchdog works behind us.
        #expect(hasEnded(pid))
        #expect(eventually { !FileManager.default.fileExists(atPath: directory) })
    }
}
