// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import NameServer
import Testing

/// Routers and portals side by side, and one after the other, as processes of their own.
@Suite(.serialized)
struct SeveralRoutersTests {
    private struct Setting {
        let library: Library
        let routers: [SeparateRole]
        let addresses: [[String: String]]
        let portals: [SeparateRole]
        let nodes: [SeparateRole]

        func url(_ router: Int) -> String { addresses[router]["url"] ?? "" }
        func admin(_ router: Int) -> String { addresses[router]["admin"] ?? "" }

        var joins: [String] { SeveralRoutersTests.joins(addresses, library) }

        func stop() {
            for role in nodes + portals + routers where role.process.isRunning { #expect(role.stop() == 0) }
        }
    }

    private static func joins(_ addresses: [[String: String]], _ library: Library) -> [String] {
        addresses.flatMap { ["--join", $0["cluster"] ?? ""] } + ["--archive", library.path] + SeparateRole.ports
    }

    private let paths = (1...6).flatMap { number in
        ["/iiif/document-\(number).pdf/2/full/100,/0/default.png", "/documents/document-\(number).pdf/structure"]
    }

    private func start(
        routers: [[String]], portals: Int, nodes: Int
    ) async throws -> Setting {
        let library = try Library()
        for number in 1...6 { try library.copy("ten-pages.pdf", as: "document-\(number).pdf") }
        let started = try routers.enumerated().map { number, options in
            try SeparateRole(["router", "--admin-port", "0", "--id", "r\(number + 1)"] + SeparateRole.ports + options)
        }
        let addresses = try started.map { try $0.listening() }
        let joins = Self.joins(addresses, library) + ["--workers", "1"]
        let setting = Setting(
            library: library, routers: started, addresses: addresses,
            portals: try (0..<portals).map { try SeparateRole(["portal", "--id", "p\($0 + 1)"] + joins) },
            nodes: try (0..<nodes).map { try SeparateRole(["node", "--id", "n\($0 + 1)"] + joins) })
        for router in started.indices { try await ready(setting.admin(router), portals + nodes) }
        return setting
    }

    /// Returns once the router sees that many ready members.
    private func ready(_ admin: String, _ count: Int) async throws {
        let ready = try await eventually(await members(admin)) { members in
            members.count { $0["status"] == "ready" && $0["reachable"] == "true" } == count
        }
        try #require(ready.count == count)
    }

    private func members(_ admin: String) async throws -> [[String: String]] {
        let answer = try await RunningCluster.send(.GET, admin + "/admin/nodes")
        return (answer.json("members", as: [[String: Any]].self) ?? []).map { member in
            [
                "id": member["id"] as? String ?? "", "status": member["status"] as? String ?? "",
                "reachable": member["reachable"] as? Bool == true ? "true" : "false",
            ]
        }
    }

    /// The node that each document's tile comes from.
    private func owners(_ url: String) async throws -> [String?] {
        var owners: [String?] = []
        for path in paths where path.hasPrefix("/iiif") {
            owners.append(try await RunningCluster.send(.GET, url + path).node)
        }
        return owners
    }

    @Test("two routers name the same owner, and when a router and a portal are killed the others go on")
    func killed() async throws {
        let setting = try await start(routers: [[], []], portals: 2, nodes: 2)
        #expect(try await owners(setting.url(0)) == owners(setting.url(1)))
        let readers = Readers(setting.url(1), paths: paths)
        await readers.answered(20)
        setting.routers[0].kill9()
        setting.portals[0].kill9()
        await readers.answered(100)
        let count = await readers.stop()
        #expect(count.failures == [])
        setting.stop()
    }

    @Test("a node that is restarted in place, at another address, keeps its documents")
    func restartInPlace() async throws {
        // Old enough that a new node would get its share little by little.
        let setting = try await start(routers: [["--slow-start", "1"]], portals: 1, nodes: 3)
        _ = try await eventually(
            await RunningCluster.send(.GET, setting.admin(0) + "/admin/nodes").json(
                "members", as: [[String: Any]].self)?
                .compactMap { $0["age"] as? Double } ?? []
        ) { ages in ages.count == 4 && ages.allSatisfy { $0 > 1.5 } }
        let before = try await owners(setting.url(0))
        setting.nodes[1].kill9()
        let again = try SeparateRole(["node", "--id", "n2", "--workers", "1"] + setting.joins)
        _ = try again.listening()
        let after = try await eventually(await owners(setting.url(0)), until: { $0 == before })
        #expect(after == before)
        #expect(again.stop() == 0)
        setting.stop()
    }

    @Test("status warns where routers do not agree, and only there", arguments: [true, false])
    func disagreement(isAgreed: Bool) async throws {
        let options = isAgreed ? [] : ["--policy", "round-robin"]
        let setting = try await start(routers: [[], options], portals: 1, nodes: 1)
        _ = try await eventually(
            await RunningCluster.send(.GET, setting.admin(0) + "/admin/nodes").json(
                "routers", as: [[String: String]].self)?.count
        ) { $0 == 2 }
        // One router is enough: members tell of the other.
        let one = try Programs.run(["status", "--admin", setting.admin(0)])
        let both = try Programs.run(["status", "--admin", setting.admin(0), "--admin", setting.admin(1)])
        for outcome in [one, both] {
            #expect(outcome.status == 0)
            #expect(outcome.error.contains("the routers do not agree") == !isAgreed, "\(outcome.error)")
            #expect(outcome.output.contains("2 routers"))
        }
        setting.stop()
    }

    @Test("a router is replaced by one at the same ports, and no request fails", arguments: [true, false])
    func replaced(isReusing: Bool) async throws {
        let setting = try await start(routers: [["--reuse-port"]], portals: 1, nodes: 1)
        let readers = Readers(setting.url(0), paths: paths, isReusing: isReusing)
        await readers.answered(20)
        let ports = ["url", "admin", "cluster"].map { name in
            String((setting.addresses[0][name] ?? "").split(separator: ":").last ?? "")
        }
        let next = try SeparateRole([
            "router", "--id", "r1", "--reuse-port", "--port", ports[0], "--admin-port", ports[1], "--cluster-port",
            ports[2],
        ])
        _ = try next.listening()
        #expect(setting.routers[0].stop() == 0)
        await readers.answered(100)
        let count = await readers.stop()
        #expect(count.failures == [])
        // Members found the new one.
        try await ready(setting.admin(0), 2)
        #expect(next.stop() == 0)
        setting.stop()
    }

    @Test("a router finds members by DNS that never announce themselves to it", arguments: ["srv", "dns"])
    func discovery(scheme: String) async throws {
        let library = try Library(["ten-pages.pdf"])
        // Nobody is at the discard port: what they announce, nobody hears.
        let nowhere = ["--join", "127.0.0.1:9", "--archive", library.path, "--workers", "1"] + SeparateRole.ports
        let node = try SeparateRole(["node", "--id", "n1"] + nowhere)
        let cluster = try node.listening()["cluster"] ?? ""
        let port = String(cluster.split(separator: ":").last ?? "")
        let server = try await DNSServer([
            "--host-record=node-0.members.test,127.0.0.1",
            "--srv-host=_cluster._tcp.members.test,node-0.members.test,\(port)",
        ])
        let source = scheme == "srv" ? "srv:_cluster._tcp.members.test" : "dns:node-0.members.test:\(port)"
        let router = try SeparateRole(
            ["router", "--admin-port", "0", "--discover", source, "--dns-server", server.address]
                + SeparateRole.ports)
        let addresses = try router.listening()
        try await ready(addresses["admin"] ?? "", 1)
        // What was found stays when the server goes.
        server.stop()
        for _ in 0..<20 {
            let answer = try await RunningCluster.send(
                .GET, (addresses["url"] ?? "") + "/iiif/ten-pages.pdf/2/full/100,/0/default.png")
            #expect(answer.node == "n1")
        }
        #expect(node.stop() == 0)
        #expect(router.stop() == 0)
    }
}
