// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// Documents change hands before anybody notices.
@Suite(.serialized)
struct HandOverTests {
    private let names = (1...12).map { "document-\($0).pdf" }

    private func library() throws -> Library {
        let library = try Library()
        for name in names { try library.copy("ten-pages.pdf", as: name) }
        return library
    }

    private func tile(_ name: String) -> String { "/iiif/\(name)/2/full/100,/0/default.png" }

    /// Has every document read once, and returns when the router knows that they are hot.
    private func read(_ cluster: RunningCluster) async throws {
        for name in names { #expect(try await cluster.get(tile(name)).status == 200) }
        let known = try await eventually(await hot(cluster), until: { $0.isSuperset(of: names) })
        #expect(known.isSuperset(of: names))
        for member in try await cluster.members() { try await joined(member.id, cluster) }
    }

    private func hot(_ cluster: RunningCluster) async throws -> Set<String> {
        let members = try await cluster.admin(.GET, "/admin/nodes").json("members", as: [[String: Any]].self) ?? []
        return Set(members.flatMap { $0["hot"] as? [String] ?? [] })
    }

    /// Returns once the member is ready, and the portal knows it too.
    private func joined(_ id: String, _ cluster: RunningCluster) async throws {
        let members = try await eventually(await cluster.members()) { members in
            members.contains { $0.id == id && $0.status == "ready" }
        }
        #expect(members.contains { $0.id == id && $0.status == "ready" })
        _ = try await eventually(await cluster.get("/documents/\(names[0])/copies").text) { $0.contains(id) }
    }

    /// The members that hold the document open.
    private func holders(_ name: String, _ cluster: RunningCluster) async throws -> Set<String> {
        let holders = try await cluster.get("/documents/\(name)/copies").json("holders", as: [[String: Any]].self) ?? []
        return Set(holders.filter { $0["open"] as? Bool == true }.compactMap { $0["id"] as? String })
    }

    @Test("a node that joins holds its documents before it is asked, and their next owners do before it leaves")
    func joinAndLeave() async throws {
        let cluster = try RunningCluster(try library(), ["--nodes", "2", "--workers", "1"])
        try await read(cluster)

        _ = try await cluster.admin(.PUT, "/admin/scale", "{\"nodes\":3}")
        try await joined("node-3", cluster)
        var inherited: [String] = []
        for name in names {
            // Whoever does not answer in half a second is not among them.
            let open = try await eventually(await holders(name, cluster), until: { !$0.isEmpty })
            let node = try await cluster.get(tile(name)).node ?? ""
            #expect(open.contains(node), "\(name) was opened by \(node) only when it was asked for")
            if node == "node-3" { inherited.append(name) }
        }
        #expect(!inherited.isEmpty)

        _ = try await cluster.admin(.PUT, "/admin/scale", "{\"nodes\":2}")
        _ = try await eventually(await cluster.members()) { members in
            !members.contains { $0.id == "node-3" }
        }
        for name in names {
            let open = try await eventually(await holders(name, cluster), until: { !$0.isEmpty })
            #expect(open.contains(try await cluster.get(tile(name)).node ?? ""))
        }
        cluster.stop()
    }

    @Test("from one node to none and back, the portal knows what will be asked of the first")
    func fromNone() async throws {
        let cluster = try RunningCluster(try library(), ["--nodes", "0", "--workers", "1"])
        try await read(cluster)
        _ = try await cluster.admin(.PUT, "/admin/scale", "{\"nodes\":1}")
        try await joined("node-1", cluster)
        for name in names {
            #expect(
                try await eventually(await holders(name, cluster)) { $0.contains("node-1") }.contains("node-1"))
        }
        cluster.stop()
    }

    @Test("a node that is killed has its documents opened by whoever owns them then, its next run or another")
    func crash() async throws {
        let cluster = try RunningCluster(try library(), ["--nodes", "3", "--workers", "1"])
        try await read(cluster)
        let process = try #require(cluster.process(ofNode: "node-2"))
        var orphans: [String] = []
        for name in names where try await holders(name, cluster) == ["node-2"] { orphans.append(name) }
        #expect(!orphans.isEmpty)
        kill(process, SIGKILL)
        _ = await eventually(RunningCluster.isRunning(process), until: { !$0 })
        for name in orphans {
            let heirs = try await eventually(await holders(name, cluster), until: { !$0.isEmpty })
            #expect(!heirs.isEmpty)
        }
        cluster.stop(expecting: ["a node ended and is replaced"])
    }

    @Test("a prefetched document is open at its owner, and nowhere else, before it is asked for")
    func prefetch() async throws {
        let cluster = try RunningCluster(try library(), ["--nodes", "3"])
        let name = names[0]
        let answer = try await RunningCluster.send(.POST, cluster.url + "/documents/\(name)/prefetch")
        #expect(answer.status == 202)
        #expect(answer.json("document", as: String.self)?.hasPrefix("\(name)@") == true)
        let owners = try await eventually(await holders(name, cluster), until: { !$0.isEmpty })
        #expect(owners.count == 1)
        #expect(owners.first == (try await cluster.get(tile(name)).node))
        cluster.stop()
    }

    @Test("prefetching is refused where viewing would be", arguments: [0, 1])
    func prefetchRefused(nodes: Int) async throws {
        let cluster = try RunningCluster(try library(), ["--nodes", "\(nodes)"])
        let statuses = [("no-such.pdf", 404), ("..", 400), ("\(names[0])@0000", 410), (names[0], 202)]
        for (document, status) in statuses {
            let answer = try await RunningCluster.send(.POST, cluster.url + "/documents/\(document)/prefetch")
            #expect(answer.status == status, "\(document)")
        }
        #expect(try await cluster.get("/documents/\(names[0])/prefetch").status == 405)
        cluster.stop()
    }
}
