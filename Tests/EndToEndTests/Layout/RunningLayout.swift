// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The layout with readers on it, and what can happen to it. Each event ends with all members where they should be, and with
/// answers that came after it through every router.
struct RunningLayout {
    private let layout: ClusterLayout
    private let traffic: Traffic
    private var routers: [Pod]
    private var portals: [String: Pod] = [:]
    private var nodes: [String: Pod] = [:]

    private static let routerService = "recto-router-cluster"
    private static let nodeService = "recto-node"
    private static let portalService = "recto-portal"

    init() async throws {
        layout = try ClusterLayout()
        routers = try [layout.router("recto-router-0", number: 11), layout.router("recto-router-1", number: 12)]
        for router in routers { try layout.dns.publish(router.name, of: Self.routerService, router.host.address) }
        for number in 0..<2 {
            let name = "recto-portal-\(number)"
            let pod = try layout.portal(name, number: 21 + number)
            portals[name] = pod
            try layout.dns.publish(name, of: Self.portalService, pod.host.address)
        }
        for number in 0..<3 {
            let name = "recto-node-\(number)"
            let pod = try layout.node(name, number: 31 + number)
            nodes[name] = pod
            try layout.dns.publish(name, of: Self.nodeService, pod.host.address)
        }
        let addresses = routers.map { $0.host.address }
        let everybody = Array(portals.keys) + Array(nodes.keys)
        try await layout.until("all members ready", at: routers, seconds: 40) { members in
            everybody.allSatisfy { members.serves($0) }
        }
        traffic = try Traffic(from: layout.outside, routers: addresses)
        try await answers()
    }

    /// Awaits answers through each router in use.
    private func answers(_ count: Int = 15, through some: [Pod]? = nil) async throws {
        let before = traffic.account.answered
        for router in (some ?? routers).map({ $0.host.address }) {
            let deadline = ContinuousClock.now + .seconds(20)
            while traffic.account.answered[router, default: 0] < before[router, default: 0] + count {
                guard ContinuousClock.now < deadline else {
                    layout.report()
                    throw HostNetwork.Failed(
                        description: "no answers through \(router): \(traffic.account), \(traffic.waiting)")
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    // MARK: Pods come and go

    /// DNS learns of the new node when it has long been serving.
    mutating func join() async throws {
        let pod = try layout.node("recto-node-3", number: 34)
        nodes[pod.name] = pod
        try await layout.until("\(pod.name) ready", at: routers) { $0.serves(pod.name) }
        try await answers()
        try layout.dns.publish(pod.name, of: Self.nodeService, pod.host.address)
    }

    /// The kubelet runs the preStop hook, then sends its signal. DNS goes on naming the node for a while.
    mutating func drain() async throws {
        let pod = try #require(nodes["recto-node-3"])
        nodes["recto-node-3"] = nil
        try layout.drain(pod)
        #expect(await pod.terminate() == 0)
        try await layout.until("\(pod.name) gone", at: routers) { $0.avoids(pod.name) }
        try await answers()
        try layout.dns.publish(pod.name, of: Self.nodeService, nil)
        check(pod)
    }

    /// A StatefulSet's pod comes back with its name and another address, which DNS tells late.
    mutating func killAndReplaceElsewhere() async throws {
        let name = "recto-node-2"
        let pod = try #require(nodes[name])
        nodes[name] = nil
        await pod.kill9()
        try await layout.until("\(name) dead", at: routers) { $0.avoids(name) }
        try await answers()
        let other = try layout.node(name, number: 35)
        nodes[name] = other
        try await layout.until("\(name) at its new address", at: routers) { members in
            members.serves(name) && members[name]?.address.hasPrefix(other.host.address + ":") == true
        }
        try await answers()
        try layout.dns.publish(name, of: Self.nodeService, other.host.address)
        check(pod)
    }

    /// One of two portals dies, and another one comes.
    mutating func losePortal() async throws {
        let pod = try #require(portals["recto-portal-0"])
        portals["recto-portal-0"] = nil
        await pod.kill9()
        try await answers()
        try await layout.until("\(pod.name) dead", at: routers) { $0.avoids(pod.name) }
        let other = try layout.portal("recto-portal-2", number: 23)
        portals[other.name] = other
        try layout.dns.publish(pod.name, of: Self.portalService, nil)
        try layout.dns.publish(other.name, of: Self.portalService, other.host.address)
        try await layout.until("\(other.name) ready", at: routers) { $0.serves(other.name) }
        try await answers()
    }

    /// A router is replaced as the Service does it: first nobody is sent there, then it ends; the new one serves before
    /// readers are sent to it.
    mutating func replaceRouter() async throws {
        let old = routers[0]
        traffic.use([routers[1].host.address])
        let deadline = ContinuousClock.now + .seconds(20)
        while traffic.underWay(at: old.host.address) > 0 {
            try #require(ContinuousClock.now < deadline)
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await old.terminate() == 0)
        let new = try layout.router("recto-router-2", number: 13)
        // Members do not know it yet: it finds them itself, by their SRV records.
        try await everybodyServes(at: [new])
        try layout.dns.publish(old.name, of: Self.routerService, nil)
        try layout.dns.publish(new.name, of: Self.routerService, new.host.address)
        routers[0] = new
        traffic.use(routers.map { $0.host.address })
        try await answers()
        check(old)
    }

    // MARK: The network fails

    /// A member's cable is pulled and put back: the same run of it serves again.
    func cut(_ member: String) async throws {
        let pod = try #require(nodes[member] ?? portals[member])
        let before = try await layout.members(of: routers[0])[pod.name]?.incarnation
        try layout.network.setCable(of: pod.host, plugged: false)
        try await layout.until("\(pod.name) cut off", at: routers) { $0.avoids(pod.name) }
        try await answers()
        try layout.network.setCable(of: pod.host, plugged: true)
        try await layout.until("\(pod.name) back", at: routers) { $0.serves(pod.name) }
        #expect(try await layout.members(of: routers[0])[pod.name]?.incarnation == before)
        try await answers()
    }

    /// What a node sends to one of two routers vanishes: each router goes by what it sees itself.
    func cutNodeFromOneRouter() async throws {
        let pod = try #require(nodes["recto-node-1"])
        try layout.network.setBlackhole(from: pod.host, to: routers[0].host, true)
        try await layout.until("\(pod.name) not seen", at: [routers[0]]) { $0.avoids(pod.name) }
        #expect(try await layout.members(of: routers[1]).serves(pod.name))
        try await answers()
        try layout.network.setBlackhole(from: pod.host, to: routers[0].host, false)
        try await layout.until("\(pod.name) seen again", at: routers) { $0.serves(pod.name) }
        try await answers()
    }

    /// A router is cut off from readers and members. It finds everybody again.
    func cutRouter() async throws {
        let router = routers[0]
        traffic.setCut(router.host.address, true)
        try layout.network.setCable(of: router.host, plugged: false)
        let moved = traffic.account.moved
        try await answers(through: [routers[1]])
        #expect(await eventually(traffic.account.moved) { $0 > moved } > moved)
        try layout.network.setCable(of: router.host, plugged: true)
        try await everybodyServes(at: [router])
        traffic.setCut(router.host.address, false)
        try await answers()
    }

    /// No name can be resolved for a while: whoever is known stays known.
    func loseNameServer() async throws {
        layout.dns.stop()
        try await answers(60)
        try await everybodyServes(at: routers)
        for router in routers { try layout.dns.publish(router.name, of: Self.routerService, router.host.address) }
    }

    private func everybodyServes(at some: [Pod]) async throws {
        let everybody = Array(portals.keys) + Array(nodes.keys)
        try await layout.until("everybody", at: some) { members in everybody.allSatisfy { members.serves($0) } }
    }

    // MARK: The end

    /// Stops the readers and says what they have seen.
    func end() async {
        traffic.stop()
        while !traffic.isOver { try? await Task.sleep(for: .milliseconds(10)) }
        let account = traffic.account
        #expect(account.failures.isEmpty, "\(account.failures.count) failed of \(account.total)")
        for failure in account.failures.prefix(10) { Issue.record("\(failure)") }
        for pod in routers + portals.values + nodes.values { check(pod) }
    }

    private func check(_ pod: Pod) {
        for line in pod.complaints { Issue.record("unannounced in the log of \(pod.name): \(line)") }
    }
}
