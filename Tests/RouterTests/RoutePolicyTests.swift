// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster
import HTTPFraming
import NIOHTTP1
import Synchronization
import Testing
import TileModel

@testable import Router

struct RoutePolicyTests {
    @Test(
        "method and path tell the class",
        arguments: [
            (RequestHead.Method.get, "/iiif/a/2/full/max/0/default.png", Route.Class.tile),
            (.get, "/iiif/a/2/info.json", .tile),
            (.get, "/iiif/a/1/full/max/0/default.png", .structure), (.get, "/documents/a/structure", .structure),
            (.get, "/iiif/a/manifest.json", .structure), (.get, "/documents/a/pages/1/text", .text),
            (.get, "/documents/a/search", .search), (.put, "/documents/a", .upload), (.delete, "/documents/a", .upload),
            (.get, "/documents/a", .site), (.put, "/view/a", .site), (.get, "/", .site), (.get, "/documents", .site),
        ])
    func classes(method: RequestHead.Method, path: String, expected: Route.Class) throws {
        let route = try Route(method, path: Substring(path))
        #expect(route.class == expected)
        #expect(route.cost >= 1)
    }

    @Test("structure and uploads are kept by document, whatever the nodes are chosen by")
    func usual() {
        let names = Dictionary(
            uniqueKeysWithValues: RoutePolicies(RoundRobinPolicy.self).names.map { ($0.class, $0.policy) })
        #expect(
            names == [
                .tile: "round-robin", .text: "round-robin", .search: "round-robin", .structure: "document",
                .upload: "document", .site: "least-connections",
            ])
    }

    @Test("a class keeps its own policy when that of the others changes")
    func own() {
        let policies = RoutePolicies(own: [.search: LeastConnectionsPolicy.self])
        let changed = policies.with(base: RandomPolicy.self).with(PowerOfTwoPolicy.self, for: .site)
        #expect(changed.baseName == "random")
        #expect(type(of: changed[.search]).name == "least-connections")
        #expect(type(of: changed[.text]).name == "random")
        #expect(type(of: changed[.site]).name == "power-of-two")
        #expect(policies.fingerprint != changed.fingerprint)
        #expect(policies.fingerprint == RoutePolicies(own: [.search: LeastConnectionsPolicy.self]).fingerprint)
    }

    @Test("searches go by another policy than tiles, and both by that of their class")
    func classesInForce() async throws {
        let setting = try await Setting.start(
            nodes: 3, policies: RoutePolicies(own: [.search: RoundRobinPolicy.self]))
        var (tiles, searches) = (Set<String?>(), Set<String?>())
        for page in 2..<8 {
            tiles.insert(try await setting.ask("/iiif/a/\(page)/full/max/0/default.png").member)
            searches.insert(try await setting.ask("/documents/a/search?q=\(page)").member)
        }
        #expect(tiles.count == 1)
        #expect(searches.count == 3)
        await setting.stop()
    }

    @Test("a request counts with its cost while it is under way, against the node's own report")
    func cost() async throws {
        let setting = try await Setting.start(nodes: 2)
        let targets = setting.core.monitor.view.nodes.targets
        let search = try Route(path: "/documents/a/search")
        var choice = setting.core.makeChoice()
        func owner() -> String {
            setting.core.choose(search, RouterCore.Asker(client: "x"), into: &choice)
            return choice.targets[0].id
        }
        let first = owner()
        let target = try #require(targets.first { $0.id == first })
        // Sixteen is the floor: two searches of eight, and the third goes elsewhere.
        target.inFlight.begin(search.cost)
        #expect(owner() == first && choice.isOwner)
        target.inFlight.begin(search.cost)
        #expect(owner() != first && !choice.isOwner)
        target.inFlight.end(search.cost)
        target.inFlight.end(search.cost)
        #expect(owner() == first)
        target.inFlight.report(100)
        #expect(target.load == 100 && owner() != first)
        await setting.stop()
    }

    @Test("a choice is used again: the second names nobody of the first")
    func reused() async throws {
        let setting = try await Setting.start(nodes: 2, portals: 1)
        var choice = setting.core.makeChoice()
        let asker = RouterCore.Asker(client: "x")
        setting.core.choose(try Route(path: "/documents/a/structure"), asker, into: &choice)
        #expect(choice.targets.map(\.id).first == "portal-0" && choice.targets.count == 3 && choice.ownerID != nil)
        setting.core.choose(try Route(path: "/"), asker, into: &choice)
        #expect(choice.targets.map(\.id) == ["portal-0"] && choice.ownerID == nil && !choice.isOwner)
        setting.core.choose(try Route(path: "/iiif/a/2/info.json"), asker, into: &choice)
        #expect(choice.targets.count == 3 && choice.targets.last?.id == "portal-0" && choice.isOwner)
        await setting.stop()
    }

    @Test("first pages go to the node of the document's tiles where nodes are to answer them, the site to portals")
    func firstPageByNode() async throws {
        let setting = try await Setting.start(nodes: 4, portals: 1) { $0.firstPage = .node }
        for document in 0..<10 {
            let owner = try await setting.ask("/iiif/\(document)/2/full/max/0/default.png").member
            #expect(owner?.hasPrefix("node") == true)
            for path in ["/documents/\(document)/structure", "/iiif/\(document)/1/full/max/0/default.png"] {
                #expect(try await setting.ask(path).member == owner)
            }
            #expect(try await setting.ask("/documents/\(document)/copies").member == "portal-0")
        }
        #expect(try await setting.ask("/view/a").member == "portal-0")
        let usual = RouterCore(
            configuration: RouterConfiguration(host: "127.0.0.1", port: 0), monitor: setting.core.monitor,
            policies: setting.core.policies, logger: setting.core.logger)
        #expect(setting.core.routing.settings != usual.routing.settings)
        await setting.stop()
    }

    @Test("a portal answers first pages that nodes are to answer while there is no node, however loaded it is")
    func firstPageWithoutNodes() async throws {
        let setting = try await Setting.start(nodes: 0, portals: 1) { $0.firstPage = .node }
        var choice = setting.core.makeChoice()
        let asker = RouterCore.Asker(client: "x")
        // The load that the member itself reports takes its place a quarter of a second later.
        setting.core.monitor.view.portals.targets[0].inFlight.report(1000)
        setting.core.choose(try Route(path: "/documents/a/structure"), asker, into: &choice)
        let byPortal = choice.targets.map(\.id)
        setting.core.monitor.view.portals.targets[0].inFlight.report(1000)
        setting.core.choose(try Route(path: "/iiif/a/2/full/max/0/default.png"), asker, into: &choice)
        #expect(byPortal == ["portal-0"] && choice.targets.isEmpty)
        await setting.stop()
    }

    @Test("routers with the same members and policies have the same fingerprint, with others another")
    func fingerprint() async throws {
        let setting = try await Setting.start(nodes: 2)
        func other(_ policies: RoutePolicies, _ token: SessionToken = SessionToken(.path, "session")) -> UInt64 {
            var configuration = setting.core.configuration
            configuration.sessionToken = token
            return RouterCore(
                configuration: configuration, monitor: setting.core.monitor, policies: policies,
                logger: setting.core.logger
            ).routing.settings
        }
        let own = setting.core.routing.settings
        #expect(other(RoutePolicies()) == own)
        #expect(other(RoutePolicies(own: [.text: RandomPolicy.self])) != own)
        // Where sessions are named counts only where somebody asks.
        #expect(other(RoutePolicies(), SessionToken(.query, "x")) == own)
        let tokens = RoutePolicies(SessionTokenPolicy.self)
        #expect(other(tokens) != other(tokens, SessionToken(.query, "x")))
        await setting.stop()
    }

    @Test("CollaboraOnline/online#8183: however the id of a document is encoded, it goes to the same node")
    func encodedAndDecoded() async throws {
        let setting = try await Setting.start(nodes: 5)
        for document in 0..<10 {
            let spellings = [
                "r%2F\(document)%20a.pdf", "%72%2f\(document)%20%61%2Epdf", "r%2F\(document)%20a.pdf@1",
                "r%2F\(document)%20a%2epdf",
            ]
            var nodes = Set<String?>()
            for spelling in spellings {
                nodes.insert(try await setting.ask("/iiif/\(spelling)/2/full/max/0/default.png").member)
                nodes.insert(try await setting.ask("/documents/\(spelling)/search?q=x").member)
            }
            #expect(nodes.count == 1)
        }
        await setting.stop()
    }
}
