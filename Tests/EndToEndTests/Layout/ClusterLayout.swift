// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The layout of `deploy/kubernetes` on one machine: every pod has a host of its own, and dnsmasq is the cluster's DNS.
final class ClusterLayout {
    let network: HostNetwork
    let dns: ClusterDNS
    /// Where readers and the operator are.
    let outside: HostNetwork.Host
    /// All that were ever started.
    private(set) var pods: [Pod] = []
    private let library: Library
    private let secretFile: String

    init() throws {
        library = try Library(["ten-pages.pdf", "letter.pdf", "links.pdf", "rotated.pdf", "squares.pdf"])
        secretFile = library.path + "/../recto-secret-\(UUID().uuidString)"
        try "a secret of more than sixteen characters\n".write(toFile: secretFile, atomically: true, encoding: .utf8)
        network = try HostNetwork()
        dns = try ClusterDNS(network)
        outside = try network.addHost("outside", number: 200)
    }

    deinit { try? FileManager.default.removeItem(atPath: secretFile) }

    // MARK: Pods

    /// Starts a router as `deploy/kubernetes` does. Its address is not published yet.
    func router(_ name: String, number: Int) throws -> Pod {
        let host = try network.addHost(name, number: number)
        return try pod(
            name, host,
            [
                "router", "--host", "0.0.0.0", "--cluster-host", "0.0.0.0", "--admin-host", "0.0.0.0",
                "--discover", "srv:_cluster._tcp.recto-node.\(ClusterDNS.domain)",
                "--discover", "srv:_cluster._tcp.recto-portal.\(ClusterDNS.domain)",
            ])
    }

    func portal(_ name: String, number: Int) throws -> Pod {
        try pod(name, network.addHost(name, number: number), ["portal", "--drain-deadline", "10"] + member)
    }

    func node(_ name: String, number: Int) throws -> Pod {
        try pod(name, network.addHost(name, number: number), ["node", "--drain-deadline", "10"] + member)
    }

    private var member: [String] {
        [
            "--host", "0.0.0.0", "--archive", library.path, "--workers", "1", "--join", "recto-router-cluster:8090",
        ]
    }

    private func pod(_ name: String, _ host: HostNetwork.Host, _ arguments: [String]) throws -> Pod {
        let pod = try Pod(
            name, on: host, resolver: dns.resolverFile, secretFile: secretFile,
            arguments + ["--id", name, "--advertise", host.address])
        pods.append(pod)
        return pod
    }

    /// The preStop hook of `deploy/kubernetes`.
    func drain(_ pod: Pod) throws {
        try network.run("\(Programs.folder)/recto drain --cluster-secret-file \(secretFile)", on: pod.host)
    }

    // MARK: What routers see

    /// The members that a router knows, by id.
    func members(of router: Pod) async throws -> [String: RunningCluster.Member] {
        let address = router.host.address
        let reply = try await HostClient.fetch("/admin/nodes", at: address, port: 8081, from: outside)
        let object = try? JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any]
        let members = (object?["members"] as? [[String: Any]] ?? []).map(RunningCluster.Member.init)
        return Dictionary(members.map { ($0.id, $0) }) { $1 }
    }

    /// Asks until every one of the routers sees the members as wanted.
    func until(
        _ what: String, at routers: [Pod], seconds: Double = 20,
        _ condition: ([String: RunningCluster.Member]) -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        for router in routers {
            while true {
                let members = try await members(of: router)
                if condition(members) { break }
                guard ContinuousClock.now < deadline else {
                    report()
                    throw HostNetwork.Failed(description: "\(router.name) did not see: \(what): \(members)")
                }
            }
        }
    }

    /// What every pod has logged, for whoever has to find out what went wrong.
    func report() { for pod in pods { print("--- \(pod.name) at \(pod.host.address)\n\(pod.logText)") } }
}

extension [String: RunningCluster.Member] {
    /// Whether requests go to this member.
    func serves(_ id: String) -> Bool { self[id].map { $0.status == "ready" && $0.isReachable } ?? false }

    /// Whether none goes there any more.
    func avoids(_ id: String) -> Bool { !(self[id]?.isReachable ?? false) }
}
