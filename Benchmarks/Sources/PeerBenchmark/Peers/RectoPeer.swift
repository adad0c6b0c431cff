// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver

extension Peer {
    /// Ours: a router, a portal and nodes with one worker each.
    static func recto(_ workload: PeerWorkload) -> Peer {
        Peer(name: "recto", title: "Recto: router, portal, nodes", workload: workload, caches: [.off, .on]) { scene in
            let cluster = RoleCluster(program: scene.plan.program, archive: scene.memberOptions)
            do {
                let router = try cluster.addRouter("router-1")
                try cluster.addPortal("portal-1")
                for number in 0..<scene.plan.processes { try cluster.addNode("node-\(number + 1)") }
                try await untilReady(router, members: scene.plan.processes + 1)
            } catch {
                cluster.stop()
                throw error
            }
            guard let target = cluster.target else { throw ServedCluster.Failure("there is no router") }
            return RunningPeer(
                target: target,
                processes: { (cluster.routers + cluster.portals + cluster.nodes).map(\.processID) },
                path: scene.versioned, stop: cluster.stop)
        }
    }

    private struct Nodes: Decodable {
        struct Member: Decodable {
            var status: String
            var reachable: Bool
        }
        var members: [Member]
    }

    private static func untilReady(_ router: RoleCluster.Role, members: Int) async throws {
        guard let door = LoadTarget(urls: [router.admin ?? ""])?.doors.first else { return }
        while true {
            let answer = try await PlainClient.patiently(door, "/admin/nodes")
            let nodes = try JSONDecoder().decode(Nodes.self, from: Data(answer.body))
            if nodes.members.count(where: { $0.status == "ready" && $0.reachable }) == members { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

extension PeerScene {
    /// Of a portal or node of ours.
    var memberOptions: [String] {
        ["--archive", documents, "--workers", "1", "--tile-cache", "\(cacheMegabytes)"]
    }
}
