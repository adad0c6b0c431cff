// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import Testing

/// A router, two portals and two nodes: what is written or purged through one shows at all of them.
@Suite(.serialized)
struct PurgeTests {
    /// The members believe a version for an hour, so that only purges can make them look again.
    private final class Cluster: Sendable {
        let library: Library
        let router: SeparateRole
        let portals: [SeparateRole]
        let nodes: [SeparateRole]
        let url: String
        let admin: String
        let join: String
        /// Where each member answers by itself.
        let members: [String]

        init(_ fixtures: [String], interval: String = "3600") async throws {
            library = try Library(fixtures)
            router = try SeparateRole(["router", "--admin-port", "0", "--id", "r1"] + SeparateRole.ports)
            let addresses = try router.listening()
            (url, admin) = (addresses["url"] ?? "", addresses["admin"] ?? "")
            join = addresses["cluster"] ?? ""
            let common =
                [
                    "--join", join, "--archive", library.path, "--version-interval", interval,
                    "--workers", "1",
                ] + SeparateRole.ports
            portals = try (1...2).map { try SeparateRole(["portal", "--id", "p\($0)", "--writable"] + common) }
            nodes = try (1...2).map { try SeparateRole(["node", "--id", "n\($0)"] + common) }
            members = try (portals + nodes).map { try $0.listening()["url"] ?? "" }
            // What portals tell of a document's holders is whom they know.
            for portal in members.prefix(2) {
                let copies = try await eventually(
                    try await RunningCluster.send(.GET, "\(portal)/documents/\(fixtures[0])/copies")
                ) { ($0.json("holders", as: [Any].self) ?? []).count == 4 }
                #expect(copies.json("holders", as: [Any].self)?.count == 4)
            }
        }

        func versions(of document: String) async throws -> [String] {
            var versions: [String] = []
            for member in members {
                let events = try await RunningCluster.send(.GET, "\(member)/documents/\(document)/structure").events
                versions.append(events.first?["version"] as? String ?? "none")
            }
            return versions
        }

        func tiles(of document: String) async throws -> [RunningCluster.Answer] {
            var tiles: [RunningCluster.Answer] = []
            for member in members {
                tiles.append(
                    try await RunningCluster.send(.GET, "\(member)/iiif/\(document)/1/full/100,/0/default.png"))
            }
            return tiles
        }

        func command(_ arguments: [String]) throws -> Programs.Outcome {
            try Programs.run(arguments + ["--admin", admin])
        }

        func stop() {
            for role in portals + nodes + [router] { #expect(role.stop() == 0) }
        }
    }

    private static func picture(_ colour: String) -> String {
        "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='100'><rect width='100' height='100' "
            + "fill='\(colour)'/></svg>"
    }

    @Test("what is written through one portal shows at all members at once, in every layer")
    func writing() async throws {
        let cluster = try await Cluster(["ten-pages.pdf"])
        let address = "\(cluster.members[0])/documents/a.svg"
        #expect(try await RunningCluster.send(.PUT, address, body: Self.picture("red")).status == 201)
        let first = try await cluster.tiles(of: "a.svg")
        #expect(first.allSatisfy { $0.status == 200 } && Set(first.map(\.body)).count == 1)
        #expect(try await cluster.tiles(of: "a.svg").allSatisfy(\.isHit))
        let old = try await cluster.versions(of: "a.svg")
        #expect(Set(old).count == 1)

        #expect(try await RunningCluster.send(.PUT, address, body: Self.picture("blue")).status == 200)
        let second = try await cluster.tiles(of: "a.svg")
        #expect(second.allSatisfy { $0.status == 200 && !$0.isHit } && Set(second.map(\.body)).count == 1)
        #expect(second[0].body != first[0].body)
        let new = try await cluster.versions(of: "a.svg")
        #expect(Set(new).count == 1 && new[0] != old[0])
        // No layer serves one under the name of the other.
        for member in cluster.members {
            let path = "\(member)/iiif/a.svg@\(old[0])/1/full/100,/0/default.png"
            #expect(try await RunningCluster.send(.GET, path).status == 410)
        }

        #expect(try await RunningCluster.send(.DELETE, address).status == 204)
        #expect(try await cluster.tiles(of: "a.svg").allSatisfy { $0.status == 404 })
        cluster.stop()
    }

    @Test("a purge reaches two portals and two nodes, and what they hold is told")
    func purge() async throws {
        let cluster = try await Cluster(["ten-pages.pdf", "letter.pdf"])
        for document in ["ten-pages.pdf", "letter.pdf"] {
            #expect(try await cluster.tiles(of: document).allSatisfy { $0.status == 200 })
        }
        let held = try await RunningCluster.send(.GET, cluster.admin + "/admin/caches?document=letter.pdf")
        let document = try #require(held.json("documents", as: [[String: Any]].self)?.first)
        #expect(document["document"] as? String == "letter.pdf")
        #expect((document["members"] as? [[String: Any]])?.count == 4)
        #expect(held.json("unreached", as: [String].self)?.isEmpty == true)
        let layers = try #require(held.json("layers", as: [[String: Any]].self))
        let names = layers.compactMap { $0["name"] as? String }
        #expect(Set(["versions", "pages", "tiles-memory", "blocks", "open-documents"]).isSubset(of: names))
        let tiles = try #require(layers.first { $0["name"] as? String == "tiles-memory" })
        #expect(tiles["entries"] as? Int == 8 && tiles["misses"] as? Int == 8)

        // Replaced behind the cluster's back: nobody looks, until it is purged.
        let before = try await cluster.versions(of: "letter.pdf")
        try cluster.library.copy("rotated.pdf", as: "letter.pdf.new")
        rename("\(cluster.library.path)/letter.pdf.new", "\(cluster.library.path)/letter.pdf")
        #expect(try await cluster.tiles(of: "letter.pdf").allSatisfy(\.isHit))
        let outcome = try cluster.command(["purge", "letter.pdf", "--event", "replaced"])
        #expect(outcome.status == 0 && outcome.output == "Purged “letter.pdf” at 4 members.\n", "\(outcome)")
        #expect(try await cluster.tiles(of: "letter.pdf").allSatisfy { $0.status == 200 && !$0.isHit })
        let after = try await cluster.versions(of: "letter.pdf")
        #expect(Set(after).count == 1 && after[0] != before[0])
        #expect(try await cluster.tiles(of: "ten-pages.pdf").allSatisfy(\.isHit), "others keep theirs")

        // The same event again: what is held stays, the archive is asked.
        #expect(try cluster.command(["purge", "letter.pdf", "--event", "replaced"]).status == 0)
        #expect(try await cluster.tiles(of: "letter.pdf").allSatisfy(\.isHit))

        #expect(try cluster.command(["purge", "--prefix", "ten-"]).status == 0)
        #expect(try await cluster.tiles(of: "ten-pages.pdf").allSatisfy { $0.status == 200 && !$0.isHit })
        #expect(try await cluster.tiles(of: "letter.pdf").allSatisfy(\.isHit))
        #expect(try cluster.command(["purge"]).status == 2)
        #expect(try cluster.command(["purge", "../x"]).status == 2)

        // One that hangs is named.
        kill(cluster.nodes[1].process.processIdentifier, SIGSTOP)
        let partial = try cluster.command(["purge", "letter.pdf"])
        #expect(partial.status == 1 && partial.error.contains("n2") && !partial.error.contains("n1"))
        kill(cluster.nodes[1].process.processIdentifier, SIGCONT)
        cluster.stop()
    }

    /// Written past the cluster, it shows at every member once the interval is over.
    private func replacedShows(_ cluster: Cluster) async throws {
        let first = try await cluster.tiles(of: "a.svg")
        try Data(Self.picture("green").utf8).write(to: URL(fileURLWithPath: "\(cluster.library.path)/.new"))
        #expect(rename("\(cluster.library.path)/.new", "\(cluster.library.path)/a.svg") == 0)
        let shown = try await eventually(try await cluster.tiles(of: "a.svg")) { tiles in
            tiles.allSatisfy { $0.body != first[0].body }
        }
        #expect(Set(shown.map(\.body)).count == 1 && shown[0].body != first[0].body)
    }

    @Test("all portals give the same feed of changes, also of what a portal wrote that died before it could tell")
    func changes() async throws {
        let cluster = try await Cluster(["ten-pages.pdf"], interval: "0.2")
        let address = "\(cluster.members[0])/documents/a.svg"
        #expect(try await RunningCluster.send(.PUT, address, body: Self.picture("red")).status == 201)
        try await replacedShows(cluster)
        // Killed as soon as the document is there, most likely before it has told anybody.
        let writing = Task {
            try? await RunningCluster.send(.PUT, "\(cluster.members[0])/documents/b.svg", body: Self.picture("blue"))
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while access("\(cluster.library.path)/b.svg", F_OK) != 0, ContinuousClock.now < deadline { await Task.yield() }
        cluster.portals[0].kill9()
        _ = await writing.value

        let feed = "\(cluster.members[1])/changes"
        let told = try await eventually(try await RunningCluster.send(.GET, feed)) {
            ($0.json("items", as: [Any].self) ?? []).count == 3
        }
        let titles = (told.json("items", as: [[String: Any]].self) ?? []).compactMap { $0["title"] as? String }
        #expect(titles == ["ten-pages.pdf", "a.svg", "b.svg"])

        let again = try SeparateRole(
            [
                "portal", "--id", "p3", "--join", cluster.join, "--archive", cluster.library.path,
                "--workers", "1",
            ] + SeparateRole.ports)
        let other = try again.listening()["url"] ?? ""
        let forwarded: HTTPHeaders = ["Host": "docs.test"]
        let tag = try await RunningCluster.send(.GET, feed, headers: forwarded).headers.first(name: "ETag")
        #expect(
            try await RunningCluster.send(
                .GET, "\(other)/changes", headers: ["Host": "docs.test", "If-None-Match": try #require(tag)]
            ).status == 304)
        #expect(again.stop() == 0)
        for role in [cluster.portals[1]] + cluster.nodes + [cluster.router] { #expect(role.stop() == 0) }
    }
}
