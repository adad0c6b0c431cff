// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import LoadDriver

/// Two routers, two portals and three nodes as processes of their own, of which one after the other is lost.
struct FailuresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failures", abstract: "Counts what readers notice of routers, portals and nodes that are lost.",
        discussion: """
            A reader has the addresses of both routers, as of a name with two addresses, and tries the other one where \
            a router does not answer.
            """)

    @OptionGroup var load: LoadOptions

    func run() async throws {
        let shapes = try load.shapes()
        let cluster = Mutable(RoleCluster(program: load.program, archive: ["--archive", load.documents]))
        defer { cluster.value.stop() }
        for number in 1...2 { try cluster.value.addRouter("router-\(number)") }
        for number in 1...2 { try cluster.value.addPortal("portal-\(number)") }
        for number in 1...3 { try cluster.value.addNode("node-\(number)") }
        guard let target = cluster.value.target else { return }
        let run = EventRun(step: load.step, events: Self.events(cluster))
        let trace = load.trace(shapes, duration: run.duration())
        try load.write(try await run.run(trace, against: target))
    }

    /// Events happen one after the other; nobody else uses the cluster meanwhile.
    private final class Mutable: @unchecked Sendable {
        let value: RoleCluster
        init(_ value: RoleCluster) { self.value = value }
    }

    private static func events(_ cluster: Mutable) -> [EventRun.Event] {
        [
            EventRun.Event(name: "nothing") {},
            EventRun.Event(name: "kill -9 of a portal") { cluster.value.portals[0].kill9() },
            EventRun.Event(name: "the portal again") {
                cluster.value.remove(cluster.value.portals[0])
                try cluster.value.addPortal("portal-1")
            },
            EventRun.Event(name: "kill -9 of a node") { cluster.value.nodes[0].kill9() },
            EventRun.Event(name: "the node again") {
                cluster.value.remove(cluster.value.nodes[0])
                try cluster.value.addNode("node-1")
            },
            EventRun.Event(name: "a node ends as asked") { cluster.value.nodes[0].terminate() },
            EventRun.Event(name: "kill -9 of a router") { cluster.value.routers[0].kill9() },
        ]
    }
}
