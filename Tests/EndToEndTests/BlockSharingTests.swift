// SPDX-License-Identifier: Apache-2.0

import Foundation
import LargeDocuments
import NIOHTTP1
import Testing

/// What a cluster costs a distant archive, counted there.
@Suite(.serialized)
struct BlockSharingTests {
    private static let pages = 10
    private static let small = "ten-pages.pdf"
    private static let medium = "medium.pdf"
    private static let large = "large.pdf"

    /// A letter; a document that is read whole; one that is read in ranges.
    private func library() throws -> Library {
        let library = try Library([Self.small])
        LargePDF("\(library.path)/\(Self.medium)", pages: Self.pages, side: 500)
        LargePDF("\(library.path)/\(Self.large)", pages: Self.pages)
        return library
    }

    private func size(_ name: String, _ library: Library) throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: "\(library.path)/\(name)")).count
    }

    /// Members that are asked have all the time that a busy machine takes; blocks are kept where nobody else keeps any.
    private func cluster(
        _ library: Library, _ origin: CountingOrigin, nodes: Int = 3, _ arguments: [String] = []
    ) async throws -> RunningCluster {
        let cluster = try RunningCluster(
            library,
            [
                "--archive-allow-private", "--workers", "1", "--peer-deadline", "10000", "--block-cache",
                "\(library.path)/.blocks", "--nodes", "\(nodes)",
            ] + arguments, archives: [origin.url])
        try await cluster.until("\(nodes) nodes") { members in
            members.count { $0.role == "node" && $0.status == "ready" && $0.isReachable } == nodes
        }
        return cluster
    }

    private func blockFiles(_ library: Library) -> [String] {
        let files = FileManager.default.enumerator(atPath: "\(library.path)/.blocks")?.allObjects as? [String] ?? []
        return files.filter { ($0.split(separator: "/").last?.count ?? 0) == 48 }
    }

    /// Opens the document as a viewer does. Returns it with its version.
    private func open(_ name: String, _ cluster: RunningCluster) async throws -> String {
        let answer = try await cluster.get("/documents/\(name)/structure?width=200")
        #expect(answer.status == 200)
        #expect(answer.events.last?["event"] as? String == "end")
        let version = try #require(answer.events.first?["version"] as? String)
        return "\(name)@\(version)"
    }

    /// Returns the nodes that showed the pages.
    private func read(_ document: String, _ pages: ClosedRange<Int>, width: Int = 60, _ cluster: RunningCluster)
        async throws -> Set<String>
    {
        var nodes: Set<String> = []
        for page in pages {
            let answer = try await cluster.get("/iiif/\(document)/\(page)/square/\(width),/0/default.png")
            #expect(answer.status == 200, "page \(page) of \(document): \(answer.text)")
            if let node = answer.node { nodes.insert(node) }
        }
        return nodes
    }

    private func expectOnce(
        _ name: String, _ origin: CountingOrigin, _ library: Library, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let account = origin[name]
        #expect(account.stats == 1, "\(name): \(account)", sourceLocation: location)
        #expect(account.opens == 1, "\(name): \(account)", sourceLocation: location)
        let size = try size(name, library)
        #expect(account.bytes * 100 <= size * 115, "\(name) of \(size): \(account)", sourceLocation: location)
    }

    @Test(
        "a document that a portal opens and nodes show to its end is opened and read once in the archive",
        arguments: [small, medium, large])
    func once(name: String) async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(library, origin)
        let document = try await open(name, cluster)
        let nodes = try await read(document, 1...Self.pages, cluster)
        #expect(nodes.count == 1 && nodes.first?.hasPrefix("node-") == true, "\(nodes)")
        try expectOnce(name, origin, library)
        // What members say of themselves: reading blocks that are at hand is no reading of the archive.
        var told = try Self.archiveBytes(try await cluster.admin(.GET, "/metrics").text)
        for node in try await cluster.readyNodes() {
            told += try Self.archiveBytes(try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text)
        }
        #expect(told == origin[name].bytes)
        cluster.stop()
        await origin.stop()
    }

    private static func archiveBytes(_ metrics: String) throws -> Int {
        let line = metrics.split(separator: "\n").first { $0.hasPrefix("recto_archive_bytes_total ") }
        return try #require(line?.split(separator: " ").last.flatMap { Int($0) }, "no line for the archive's bytes")
    }

    @Test("a small document comes to its owner with the message that has it opened")
    func message() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(library, origin)
        _ = try await open(Self.small, cluster)
        let holders = try await eventually(await holders(Self.small, cluster)) { $0.count > 1 }
        let owner = try await cluster.members().first { $0.role == "node" && holders.contains($0.id) }
        let address = try #require(owner?.address)
        let metrics = try await RunningCluster.send(.GET, "http://\(address)/metrics").text.split(separator: "\n")
        let size = try size(Self.small, library)
        #expect(metrics.contains("recto_block_bytes_total{place=\"message\"} \(size)"), "\(metrics)")
        try expectOnce(Self.small, origin, library)
        cluster.stop()
        await origin.stop()
    }

    /// The members that hold the document open.
    private func holders(_ name: String, _ cluster: RunningCluster) async throws -> Set<String> {
        let holders = try await cluster.get("/documents/\(name)/copies").json("holders", as: [[String: Any]].self) ?? []
        return Set(holders.filter { $0["open"] as? Bool == true }.compactMap { $0["id"] as? String })
    }

    @Test("the same across the drain of the document's node", arguments: [small, medium, large])
    func drain(name: String) async throws {
        let library = try library()
        // One of several has the node that goes.
        let names = (1...6).map { "\($0)-\(name)" }
        for copy in names {
            try FileManager.default.createSymbolicLink(
                atPath: "\(library.path)/\(copy)", withDestinationPath: "\(library.path)/\(name)")
        }
        let origin = try await CountingOrigin(library)
        // What was told is too old at once to be believed of a document whose version is not named.
        let cluster = try await cluster(library, origin, ["--version-interval", "0"])
        var orphan: (name: String, document: String)?
        for name in names where orphan == nil {
            let document = try await open(name, cluster)
            let nodes = try await read(document, 1...Self.pages / 2, cluster)
            if nodes == ["node-3"] { orphan = (name, document) }
        }
        let (copy, document) = try #require(orphan)
        // Routers know what is hot before they are told that its owner goes.
        let hot = try await eventually(await cluster.admin(.GET, "/admin/nodes").text) { $0.contains(copy) }
        #expect(hot.contains(copy))
        _ = try await cluster.admin(.PUT, "/admin/scale", "{\"nodes\":2}")
        try await cluster.until("two nodes") { members in !members.contains { $0.id == "node-3" } }
        _ = try await read(document, Self.pages / 2 + 1...Self.pages, cluster)
        // What the other had read is not read again.
        let heirs = try await read(document, 1...Self.pages, width: 50, cluster)
        #expect(heirs.count == 1 && !heirs.contains("node-3"), "\(heirs)")
        try expectOnce(copy, origin, library)
        cluster.stop()
        await origin.stop()
    }

    @Test("of an origin that knows no ranges a large document is fetched once for all members")
    func withoutRanges() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library, hasRanges: false)
        let cluster = try await cluster(library, origin)
        let document = try await open(Self.large, cluster)
        _ = try await read(document, 1...Self.pages, cluster)
        try expectOnce(Self.large, origin, library)
        cluster.stop()
        await origin.stop()
    }

    @Test("with neither affinity nor ranges nor sharing, each member opens and reads all of it")
    func counterProof() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(
            library, origin,
            ["--policy", "round-robin", "--reads", "whole", "--block-sharing", "off"])
        let document = try await open(Self.large, cluster)
        let nodes = try await read(document, 1...Self.pages, cluster)
        #expect(nodes.count == 3)
        let account = origin[Self.large]
        let size = try size(Self.large, library)
        #expect(account.opens == 4 && account.reads.allSatisfy { $0 == 0..<size }, "\(account)")
        cluster.stop()
        await origin.stop()
    }

    @Test("with sharing alone, members that take turns read a document once between them")
    func roundRobin() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(library, origin, ["--policy", "round-robin"])
        for name in [Self.small, Self.medium, Self.large] {
            let document = try await open(name, cluster)
            #expect(try await read(document, 1...Self.pages, cluster).count == 3)
            try expectOnce(name, origin, library)
        }
        cluster.stop()
        await origin.stop()
    }

    @Test("without any cache a document is shown all the same, and nothing of it stays")
    func noCache() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(
            library, origin, nodes: 1,
            [
                "--block-cache-size", "0", "--worker-cache-size", "0", "--tile-cache", "0",
                "--block-sharing", "off",
            ])
        for name in [Self.small, Self.large] {
            let document = try await open(name, cluster)
            let first = origin[name].opens
            _ = try await read(document, 2...3, cluster)
            #expect(origin[name].opens > first, "\(origin[name])")
        }
        #expect(await eventually(blockFiles(library)) { $0.isEmpty }.isEmpty)
        cluster.stop()
        await origin.stop()
    }

    @Test("a member that is killed while it is asked costs its documents nothing but another read")
    func killed() async throws {
        let library = try library()
        let origin = try await CountingOrigin(library)
        let cluster = try await cluster(library, origin, ["--policy", "round-robin"])
        let document = try await open(Self.large, cluster)
        _ = try await read(document, 1...3, cluster)
        let victim = try #require(cluster.process(ofNode: "node-2"))
        async let reading = read(document, 4...Self.pages, cluster)
        kill(victim, SIGKILL)
        _ = try await reading
        cluster.stop(expecting: ["a node ended and is replaced"])
        await origin.stop()
    }
}
