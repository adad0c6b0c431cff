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
        let cluster = RoleCluster(program: load.program, archive: ["--archive", load.documents])
        defer { cluster.stop() }
        for number in 1...2 { try cluster.addRouter("router-\(number)") }
        for number in 1...2 { try cluster.addPortal("portal-\(number)") }
        for number in 1...3 { try cluster.addNode("node-\(number)") }
        guard let target = cluster.target else { return }
        let run = EventRun(step: load.step, events: Self.events(cluster))
        let trace = load.trace(shapes, duration: run.duration())
        try load.write(try await run.run(trace, against: target))
    }

    private static func events(_ cluster: RoleCluster) -> [EventRun.Event] {
        [
            EventRun.Event(name: "nothing") {},
            EventRun.Event(name: "kill -9 of a portal") { cluster.portals[0].kill9() },
            EventRun.Event(name: "the portal again") {
                cluster.remove(cluster.portals[0])
                try cluster.addPortal("portal-1")
            },
            EventRun.Event(name: "kill -9 of a node") { cluster.nodes[0].kill9() },
            EventRun.Event(name: "the node again") {
                cluster.remove(cluster.nodes[0])
                try cluster.addNode("node-1")
            },
            EventRun.Event(name: "a node ends as asked") { cluster.nodes[0].terminate() },
            EventRun.Event(name: "kill -9 of a router") { cluster.routers[0].kill9() },
        ]
    }
}
