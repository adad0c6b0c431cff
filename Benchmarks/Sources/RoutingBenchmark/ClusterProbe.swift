// SPDX-License-Identifier: Apache-2.0

import Foundation
import LoadDriver
import Synchronization

/// Looks at a cluster from outside: what its processes use and what its members hold.
final class ClusterProbe: Sendable {
    /// By role.
    typealias Usage = [ProcessRole: ProcessTree]

    /// What was seen while readers read.
    struct Watched: Sendable {
        /// The most memory that all nodes had together.
        var nodeMemory = 0
        /// How many nodes that were.
        var nodes = 0
        /// Seconds that nodes ran, added up over the nodes.
        var nodeSeconds = 0.0
    }

    struct Member: Decodable, Sendable {
        var id: String
        var role: String
        var status: String
        var reachable: Bool
        var openDocuments: Int?
    }

    private struct Nodes: Decodable { var members: [Member] }

    private let cluster: any MeasuredCluster
    /// Processor time of each process when it was last seen: one that has ended has used it all the same.
    private let seconds = Mutex<[Int32: Double]>([:])

    init(_ cluster: any MeasuredCluster) { self.cluster = cluster }

    func usage() -> Usage {
        cluster.processes.reduce(into: [:]) { usage, process in
            var tree = ProcessTree(root: process.id)
            tree.processorSeconds = seconds.withLock { seconds in
                seconds[process.id] = max(seconds[process.id] ?? 0, tree.processorSeconds)
                return seconds[process.id] ?? 0
            }
            usage[process.role, default: .none] += tree
        }
    }

    private var runningNodes: Int {
        cluster.processes.count { $0.role == .node && ProcessTree(root: $0.id).memory > 0 }
    }

    /// - Parameter countsNodes: whether nodes come and go, so that they are to be counted often.
    func watch(for seconds: Double, countsNodes: Bool) async -> Watched {
        let start = ContinuousClock.now
        var watched = Watched()
        var last = start
        while last < start + .seconds(seconds) {
            try? await Task.sleep(for: countsNodes ? .milliseconds(500) : .seconds(2))
            let memory = usage()[.node]?.memory ?? 0
            if memory > watched.nodeMemory { (watched.nodeMemory, watched.nodes) = (memory, runningNodes) }
            let now = ContinuousClock.now
            if countsNodes, let nodes = try? await members().filter({ $0.role == "node" && $0.status != "gone" }) {
                watched.nodeSeconds += Double(nodes.count) * (last.duration(to: now) / .seconds(1))
            }
            last = now
        }
        return watched
    }

    func members() async throws -> [Member] {
        guard let target = LoadTarget(urls: [cluster.admin]) else { return [] }
        let (host, port) = target.doors[0]
        let answer = try await PlainClient.send(host: host, port: port, path: "/admin/nodes")
        return try JSONDecoder().decode(Nodes.self, from: Data(answer.body)).members
    }

    /// - Throws: where that does not happen within half a minute.
    func untilReady(nodes: Int, portals: Int) async throws {
        for _ in 0..<300 {
            let ready = try await members().filter { $0.status == "ready" && $0.reachable }
            let count = { (role: String) in ready.count { $0.role == role } }
            if count("node") >= nodes, count("portal") >= portals { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw ServedCluster.Failure("the members of the cluster were not ready in time")
    }

    /// What all members that can be asked count themselves.
    func metrics() async -> [MemberMetrics] {
        var all: [MemberMetrics] = []
        for url in cluster.members {
            if let metrics = await MemberMetrics(url: url) { all.append(metrics) }
        }
        return all
    }

    func routerMetrics() async -> MemberMetrics? { await MemberMetrics(url: cluster.admin) }
}
