// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import Testing

/// Router, portal and node as processes of their own, as in production.
@Suite(.serialized)
struct SeparateRolesTests {
    @Test("the roles find one another by heartbeat, and a drained node finishes and leaves")
    func cluster() async throws {
        let library = try Library(["ten-pages.pdf"])
        let ports = ["--port", "0", "--cluster-port", "0"]
        let router = try SeparateRole(["router", "--admin-port", "0", "--id", "r1"] + ports)
        let addresses = try router.listening()
        let (url, admin) = (addresses["url"] ?? "", addresses["admin"] ?? "")
        let join = ["--join", addresses["cluster"] ?? "", "--archive", library.path] + ports
        let portal = try SeparateRole(["portal", "--id", "p1"] + join)
        let node = try SeparateRole(["node", "--id", "n1", "--workers", "1"] + join)
        _ = try (portal.listening(), node.listening())

        let tile = "/iiif/ten-pages.pdf/2/full/100,/0/default.png"
        let deadline = ContinuousClock.now + .seconds(10)
        var answer = try await RunningCluster.send(.GET, url + tile)
        while answer.node != "n1", ContinuousClock.now < deadline {
            answer = try await RunningCluster.send(.GET, url + tile)
        }
        #expect(answer.status == 200 && answer.node == "n1")
        let structure = url + "/documents/ten-pages.pdf/structure"
        #expect(try await eventually(await RunningCluster.send(.GET, structure).node) { $0 == "p1" } == "p1")

        // Scaling belongs to whoever started the nodes.
        let scale = try await RunningCluster.send(.PUT, admin + "/admin/scale", body: "{\"nodes\":3}")
        #expect(scale.status == 409)

        let drain = try await RunningCluster.send(.POST, admin + "/admin/nodes/n1/drain")
        #expect(drain.status == 202)
        node.process.waitUntilExit()
        #expect(node.process.terminationStatus == 0)
        // The portal stands in.
        #expect(try await RunningCluster.send(.GET, url + tile).node == "p1")
        #expect(portal.stop() == 0)
        #expect(router.stop() == 0)
    }

    @Test("nodes answer first pages, and streams carry no preview, where the operator wants it so")
    func firstPageAndPreview() async throws {
        let library = try Library(["ten-pages.pdf"])
        let router = try SeparateRole(
            ["router", "--admin-port", "0", "--id", "r1", "--first-page", "node"] + SeparateRole.ports)
        let addresses = try router.listening()
        let join = ["--join", addresses["cluster"] ?? "", "--archive", library.path] + SeparateRole.ports
        let portal = try SeparateRole(["portal", "--id", "p1", "--preview", "off"] + join)
        _ = try portal.listening()
        let structure = (addresses["url"] ?? "") + "/documents/ten-pages.pdf/structure"
        let byPortal = try await eventually(await RunningCluster.send(.GET, structure)) { $0.status == 200 }
        #expect(byPortal.node == "p1")
        #expect(byPortal.text.contains("\"event\":\"end\"") && !byPortal.text.contains("\"event\":\"preview\""))

        let node = try SeparateRole(["node", "--id", "n1", "--workers", "1"] + join)
        _ = try node.listening()
        let byNode = try await eventually(await RunningCluster.send(.GET, structure)) { $0.node == "n1" }
        #expect(byNode.node == "n1" && byNode.text.contains("\"event\":\"preview\""))
        for role in [node, portal, router] { #expect(role.stop() == 0) }
    }

    @Test("a member drains and ends when it is told so beside it, a router does not")
    func drain() async throws {
        let library = try Library(["letter.pdf"])
        let ports = ["--port", "0", "--cluster-port", "0"]
        let router = try SeparateRole(["router", "--admin-port", "0", "--id", "r1"] + ports)
        let cluster = try router.listening()["cluster"] ?? ""
        let node = try SeparateRole(
            ["node", "--id", "n1", "--workers", "1", "--join", cluster, "--archive", library.path] + ports)
        let address = try node.listening()["cluster"] ?? ""
        func drain(_ address: String, secret: String = SeparateRole.secret) throws -> Programs.Outcome {
            let port = address.split(separator: ":").last.map(String.init) ?? ""
            return try Programs.run(
                ["drain", "--cluster-port", port], environment: ["RECTO_CLUSTER_SECRET": secret])
        }

        #expect(try drain(cluster).error.contains("is a router"))
        #expect(try drain(address, secret: SeparateRole.secret + "x").error.contains("another secret"))
        let outcome = try drain(address)
        #expect(outcome.status == 0 && outcome.output == "n1 drains\n")
        node.process.waitUntilExit()
        #expect(node.process.terminationStatus == 0)
        #expect(try drain(address).status == 1)
        #expect(router.stop() == 0)
    }

    @Test("a cluster port tells nothing to who does not know the secret")
    func secret() async throws {
        let router = try SeparateRole(
            ["router", "--port", "0", "--admin-port", "0", "--cluster-port", "0", "--id", "r1"])
        let cluster = try router.listening()["cluster"] ?? ""
        for path in ["/cluster/state", "/cluster/holdings/a", "/nothing"] {
            #expect(try await RunningCluster.send(.GET, cluster + path).status == 401)
            let wrong = try await RunningCluster.send(
                .GET, cluster + path, headers: ["Recto-Cluster-Secret": SeparateRole.secret + "x"])
            #expect(wrong.status == 401)
        }
        let right = try await RunningCluster.send(
            .GET, cluster + "/cluster/state", headers: ["Recto-Cluster-Secret": SeparateRole.secret])
        #expect(right.json("id", as: String.self) == "r1")
        #expect(router.stop() == 0)
    }
}
