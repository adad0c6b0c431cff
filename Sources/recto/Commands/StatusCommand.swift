// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the members of a cluster, as a router sees them.",
        discussion: "Warns where the routers of the cluster do not see the same members, or have different policies.")

    @Option(help: "The address of a router's admin port; may be repeated, to compare routers.")
    var admin: [String] = Environment.list("admin")

    @Flag(help: "Print JSON: what the first router says.")
    var json = Environment.flag("json")

    @Flag(help: "Go on showing it, every second, until Ctrl-C.")
    var watch = false

    private static let interval: Duration = .seconds(1)

    private var routers: [AdminClient] {
        (admin.isEmpty ? [AdminClient.defaultAddress] : admin).map { AdminClient(admin: $0) }
    }

    func run() async throws {
        guard watch else { return try await showOnce() }
        let signals = try Signals()
        let screen = WatchScreen()
        if !json { screen.begin() }
        let watching = Task {
            while !Task.isCancelled {
                await show(on: screen)
                try? await Task.sleep(for: Self.interval)
            }
        }
        await signals.wait()
        watching.cancel()
        await watching.value
        if !json { screen.end() }
    }

    private func showOnce() async throws {
        let answers = try await answers()
        guard !json else { return print(String(decoding: answers[0], as: UTF8.self)) }
        let statuses = try statuses(answers)
        print(StatusTable(status: statuses[0]).text)
        var warnings = statuses[0].warnings
        if !Self.areAgreed(statuses) {
            // Each learns of a change at its own time: only what is still so afterwards is wrong.
            try await Task.sleep(for: Self.interval)
            let later = try self.statuses(try await self.answers())
            if !Self.areAgreed(later) { warnings.append(Self.disagreement) }
        }
        for warning in warnings { RectoMain.complain("Warning: \(warning)\n") }
    }

    /// What went wrong is shown as well, and looked at again: the router may just be restarting.
    private func show(on screen: WatchScreen) async {
        do {
            let answers = try await answers()
            guard !json else { return screen.showLine(String(decoding: answers[0], as: UTF8.self)) }
            let statuses = try statuses(answers)
            let warnings = statuses[0].warnings + (Self.areAgreed(statuses) ? [] : [Self.disagreement])
            let lines = warnings.map { "Warning: \($0)" }
            guard !Task.isCancelled else { return }
            screen.show(([StatusTable(status: statuses[0]).text] + lines).joined(separator: "\n"))
        } catch {
            let text = (error as? Failure)?.message ?? "\(error)"
            guard !Task.isCancelled else { return }
            json ? RectoMain.complain("recto: \(text)\n") : screen.show("recto: \(text)")
        }
    }

    private static let disagreement =
        "the routers do not agree: they see different members, or have different policies. "
        + "A document then has several owners. Compare: recto status --admin … for each router."

    private static func areAgreed(_ statuses: [ClusterStatus]) -> Bool {
        statuses.allSatisfy(\.isAgreed) && Set(statuses.map(\.fingerprint)).count == 1
    }

    private func answers() async throws -> [[UInt8]] {
        var answers: [[UInt8]] = []
        for router in routers { answers.append(try await router.call(.GET, "/admin/nodes")) }
        return answers
    }

    private func statuses(_ answers: [[UInt8]]) throws -> [ClusterStatus] {
        try zip(routers, answers).map { try ClusterStatus($1, from: $0.admin) }
    }
}
