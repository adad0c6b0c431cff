// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import Synchronization

/// Looks at a cluster from outside: what its processes use and what its members hold.
final class ClusterProbe: Sendable {
    /// By role.
    struct Usage {
        var router = ProcessTree.none
        var portals = ProcessTree.none
        var nodes = ProcessTree.none
    }

    private let cluster: RoleCluster
    /// Processor time of each process when it was last seen: one that has ended has used it all the same.
    private let seconds = Mutex<[Int32: Double]>([:])

    init(_ cluster: RoleCluster) { self.cluster = cluster }

    func usage() -> Usage {
        Usage(router: sum(cluster.routers), portals: sum(cluster.portals), nodes: sum(cluster.nodes))
    }

    private func sum(_ roles: [RoleCluster.Role]) -> ProcessTree {
        roles.reduce(into: ProcessTree.none) { sum, role in
            var tree = ProcessTree(root: role.processID)
            tree.processorSeconds = seconds.withLock { seconds in
                seconds[role.processID] = max(seconds[role.processID] ?? 0, tree.processorSeconds)
                return seconds[role.processID] ?? 0
            }
            sum += tree
        }
    }

    /// The most memory of all nodes together in that time.
    func peak(for seconds: Double) async -> Int {
        let end = ContinuousClock.now + .seconds(seconds)
        var most = 0
        while ContinuousClock.now < end {
            most = max(most, usage().nodes.memory)
            try? await Task.sleep(for: .seconds(2))
        }
        return most
    }

    private struct Nodes: Decodable {
        struct Member: Decodable {
            var role: String
            var status: String
            var reachable: Bool
            var openDocuments: Int
        }
        var members: [Member]
    }

    private func members() async throws -> [Nodes.Member] {
        guard let admin = cluster.routers.first?.admin, let target = LoadTarget(urls: [admin]) else { return [] }
        let (host, port) = target.doors[0]
        let answer = try await PlainClient.send(host: host, port: port, path: "/admin/nodes")
        return try JSONDecoder().decode(Nodes.self, from: Data(answer.body)).members
    }

    func untilReady(nodes: Int, portals: Int) async throws {
        while true {
            let ready = try await members().filter { $0.status == "ready" && $0.reachable }
            if ready.count(where: { $0.role == "node" }) == nodes,
                ready.count(where: { $0.role == "portal" }) == portals
            {
                return
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Documents open, counted once for each member that has them.
    func heldCopies() async throws -> Int { try await members().reduce(0) { $0 + $1.openDocuments } }
}
