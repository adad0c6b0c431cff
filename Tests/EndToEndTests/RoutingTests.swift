// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// How the running cluster chooses, as far as a user sets it.
struct RoutingTests {
    private static let tile = "/iiif/ten-pages.pdf/2/0,0,512,512/max/0/default.png"

    @Test("a session in the address keeps its reader on one node, and the tile is the same as without")
    func sessionToken() async throws {
        let cluster = try RunningCluster(
            try Library(["ten-pages.pdf", "letter.pdf"]),
            ["--nodes", "3", "--policy", "session-token", "--session-token", "path:sid"])
        let plain = try await cluster.get(Self.tile)
        #expect(plain.status == 200)
        var nodes: [String: Set<String?>] = [:]
        for session in ["a", "b", "c", "d", "e", "f"] {
            for spelling in [session, "%\(String(session.utf8.first ?? 0, radix: 16))"] {
                let answer = try await cluster.get("\(Self.tile);sid=\(spelling)")
                #expect(answer.status == 200 && answer.body == plain.body)
                nodes[session, default: []].insert(answer.node)
                nodes[session, default: []].insert(
                    try await cluster.get("/documents/letter.pdf/search;x=1;sid=\(spelling)?q=a").node)
            }
        }
        #expect(nodes.values.allSatisfy { $0.count == 1 })
        #expect(Set(nodes.values).count > 1)
        // Other parts of the address may have parameters too.
        #expect(try await cluster.get("/view/letter.pdf;sid=a").status == 200)
        #expect(try await cluster.get("/documents;sid=a?limit=1").status == 200)
        cluster.stop()
    }

    @Test("a class of requests has a policy of its own, which the admin port shows and changes")
    func classes() async throws {
        let cluster = try RunningCluster(
            try Library(["ten-pages.pdf"]), ["--nodes", "2", "--policy-for", "search=round-robin"])
        func nodes(_ path: String) async throws -> Set<String?> {
            var nodes = Set<String?>()
            for _ in 0..<4 { nodes.insert(try await cluster.get(path).node) }
            return nodes
        }
        func fingerprint() async throws -> String? {
            try await cluster.admin(.GET, "/admin/nodes").json("fingerprint", as: String.self)
        }
        let search = "/documents/ten-pages.pdf/search?q=a"
        #expect(try await nodes(Self.tile).count == 1)
        #expect(try await nodes(search).count == 2)
        let state = try await cluster.admin(.GET, "/admin/nodes")
        let policies = state.json("policies", as: [String: String].self)
        #expect(policies?["search"] == "round-robin" && policies?["tile"] == "document")
        #expect(state.json("moved", as: Double.self) != nil)

        let before = try await fingerprint()
        let changed = try await cluster.admin(.PUT, "/admin/policy", "{\"policy\":\"document\",\"class\":\"search\"}")
        #expect(changed.status == 200)
        #expect(try await nodes(search).count == 1)
        #expect(try await fingerprint() != before)
        let wrong = try await cluster.admin(.PUT, "/admin/policy", "{\"policy\":\"document\",\"class\":\"lunch\"}")
        #expect(wrong.status == 400 && wrong.problem == "no-such-class")
        cluster.stop()
    }

    @Test("a weight that cannot be is refused")
    func weight() throws {
        let outcome = try Programs.run(
            ["node", "--archive", Programs.fixtures, "--weight", "-1"],
            environment: ["RECTO_CLUSTER_SECRET": "0123456789abcdef"])
        #expect(outcome.status == 2 && outcome.error.contains("--weight"))
    }
}
