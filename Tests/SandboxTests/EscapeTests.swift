// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

struct EscapeTests {
    /// What must fail in the whole sandbox. The first group anybody may do outside of it, which the control shows; the
    /// second needs privileges or a kernel built for it.
    private static let forbidden = [
        "connect-tcp", "bind-tcp", "connect-unix", "connect-abstract", "socket-udp", "socket-netlink", "socket-pair",
        "read-passwd", "read-own-program", "read-own-memory-map", "read-victim", "list-root", "write-victim",
        "append-victim", "truncate-victim", "chmod-victim", "create-file", "make-folder", "make-link", "make-fifo",
        "rename-victim", "remove-victim", "fork", "vfork", "clone", "memory-file", "signal-parent", "signal-group",
        "signal-parent-thread", "map-executable", "turn-executable", "own-signals", "become-dumpable",
        "old-thread-reads-passwd", "old-thread-connects-tcp", "old-thread-signals-parent",
    ]
    private static let forbiddenAndRare = [
        "write-font", "create-unnamed", "clone3", "pidfd-of-parent", "trace-parent", "read-parent",
        "open-parent-memory", "limit-parent", "mount", "new-namespaces", "enter-namespace", "change-root", "io-ring",
        "bpf", "fault-handler", "performance-events", "session-keyring", "shared-memory", "another-personality",
        "another-filter", "fake-input", "more-descriptors",
    ]
    /// What must go on working.
    private static let needed = ["open-font", "list-fonts", "start-thread", "much-memory"]

    @Test(
        "nothing that somebody who has taken a worker over might try succeeds", arguments: forbidden + forbiddenAndRare)
    func everyAttemptFails(attempt: String) throws {
        let outcome = try Probe().run("all", [attempt])
        let result = try #require(outcome.results[attempt], "\(outcome)")
        #expect(["EPERM", "EACCES", "ENOSYS", "ENOTTY"].contains(result))
    }

    @Test("the same succeeds without the sandbox, so that the attempts mean something")
    func control() throws {
        let outcome = try Probe().run("none", Self.forbidden)
        #expect(outcome.results == Dictionary(uniqueKeysWithValues: Self.forbidden.map { ($0, "done") }))
    }

    @Test("a worker goes on opening fonts, starting threads and taking memory", arguments: needed)
    func neededWorks(attempt: String) throws {
        try #require(Probe.font != nil, "this machine has no fonts in \(Probe.fontFolder)")
        let outcome = try Probe().run("all", [attempt])
        #expect(outcome.results == [attempt: "done"], "\(outcome)")
        #expect(outcome.signal == nil && outcome.error == "")
    }

    @Test("no other program is started in its place", arguments: ["execute", "execute-memory"])
    func execution(attempt: String) throws {
        #expect(try Probe().run("none", [attempt]).results[attempt]?.hasPrefix("done") == true)
        let result = try Probe().run("all", [attempt]).results[attempt]
        #expect(["EPERM", "EACCES", "ENOSYS"].contains(result ?? ""))
    }

    @Test("a worker that aborts still dies by its signal")
    func abort() throws {
        #expect(try Probe().run("all", ["end-itself"]).signal == SIGABRT)
    }

    @Test("both layers say that they hold")
    func holds() throws {
        let holds = try #require(try Probe().run("all", []).holds)
        #expect(holds.contains("landlock") && holds.contains("seccomp"))
    }

    @Test("Landlock holds by itself, also for a thread that was there before")
    func landlock() throws {
        let probe = try Probe()
        let holds = try #require(try probe.run("landlock", []).holds)
        let version = try #require(Int(holds.split(separator: " ").last ?? ""), "\(holds)")
        var refused = [
            "read-passwd", "read-own-program", "read-victim", "list-root", "write-victim", "create-file",
            "make-folder", "make-link", "make-fifo", "remove-victim", "execute", "old-thread-reads-passwd",
        ]
        if version >= 3 { refused.append("truncate-victim") }
        if version >= 4 { refused += ["connect-tcp", "bind-tcp", "old-thread-connects-tcp"] }
        if version >= 6 { refused += ["connect-abstract", "signal-parent", "old-thread-signals-parent"] }
        let results = try probe.run("landlock", refused + Self.needed).results
        for attempt in refused {
            #expect(["EACCES", "EPERM"].contains(results[attempt] ?? ""), "\(attempt): \(results[attempt] ?? "")")
        }
        for attempt in Self.needed { #expect(results[attempt] == "done", "\(attempt)") }
    }
}
