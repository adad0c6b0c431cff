// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import Synchronization
import Testing

/// The three journeys: open a document, request a tile, remove a node.
@Suite(.serialized)
struct JourneyTests {
    @Test("a document opens: structure streams with the preview within its first events")
    func openDocument() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        let list = try await cluster.get("/documents")
        #expect(list.json("documents", as: [[String: Any]].self)?.first?["path"] as? String == "ten-pages.pdf")

        // Pages do not wait long for a preview: on a machine that stalls they may be first, once.
        let structure = try await eventually(await cluster.get("/documents/ten-pages.pdf/structure?width=300")) {
            $0.events.dropFirst(2).first?["event"] as? String == "preview"
        }
        #expect(structure.status == 200)
        #expect(structure.node == "portal-1")
        #expect(structure.headers.first(name: "Content-Type") == "application/x-ndjson")
        let events = structure.events
        try #require(events.count >= 4)
        #expect(events.prefix(4).map { $0["event"] as? String } == ["document", "page", "preview", "page"])
        #expect(events[0]["title"] as? String == "Ten pages")
        #expect(events[2]["width"] as? Int == 300)
        let preview = Data(base64Encoded: events[2]["data"] as? String ?? "") ?? Data()
        #expect(events[2]["type"] as? String == "image/jpeg")
        #expect(preview.starts(with: [0xFF, 0xD8]))
        #expect(events.filter { $0["event"] as? String == "page" }.map { $0["page"] as? Int } == Array(1...10))
        #expect(events.contains { $0["event"] as? String == "outline" })
        #expect(events.last?["pages"] as? Int == 10)

        let resumed = try await cluster.get("/documents/ten-pages.pdf/structure?from=8").events
        #expect(resumed.filter { $0["event"] as? String == "page" }.map { $0["page"] as? Int } == [8, 9, 10])
        #expect(!resumed.contains { $0["event"] as? String == "preview" })

        let sse = try await cluster.get("/documents/ten-pages.pdf/structure", headers: ["Accept": "text/event-stream"])
        #expect(sse.headers.first(name: "Content-Type") == "text/event-stream")
        #expect(sse.text.hasPrefix("event: document\ndata: {"))
        cluster.stop()
    }

    @Test("the owner has opened the document while the reader still looks at the first page")
    func warm() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf"]))
        // The portal hears of the nodes with its next heartbeat.
        let deadline = ContinuousClock.now + .seconds(10)
        var holders: [String] = []
        while holders.count < 2, ContinuousClock.now < deadline {
            _ = try await cluster.get("/documents/ten-pages.pdf/structure")
            let copies = try await cluster.get("/documents/ten-pages.pdf/copies")
            holders = (copies.json("holders", as: [[String: Any]].self) ?? [])
                .filter { $0["open"] as? Bool == true }.compactMap { $0["id"] as? String }
        }
        #expect(holders.contains("portal-1") && holders.contains { $0.hasPrefix("node-") })
        cluster.stop()
    }

    @Test("a tile is made once, kept, validated and always by the same node")
    func requestTile() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "squares.pdf"]), ["--nodes", "3"])
        let structure = try await cluster.get("/documents/squares.pdf/structure")
        let version = try #require(
            structure.events.first?["version"] as? String)
        let plain = "/iiif/squares.pdf/1/0,0,512,512/512,512/0/default.png"
        let first = try await cluster.get(plain)
        #expect(first.status == 200 && !first.isHit)
        #expect(first.headers.first(name: "Content-Type") == "image/png")
        #expect(first.headers.first(name: "Cache-Control")?.contains("no-cache") == true)
        #expect(first.headers.first(name: "Server-Timing")?.contains("render;dur=") == true)
        let second = try await cluster.get("/iiif/squares.pdf/1/0,0,512,512/pct:100/360/color.png")
        #expect(second.isHit && second.body == first.body)
        let entityTag = try #require(first.headers.first(name: "ETag"))
        #expect(second.headers.first(name: "ETag") == entityTag)

        let unchanged = try await cluster.get(plain, headers: ["If-None-Match": entityTag])
        #expect(unchanged.status == 304 && unchanged.body.isEmpty)
        let pinned = try await cluster.get("/iiif/squares.pdf@\(version)/1/0,0,512,512/512,512/0/default.png")
        #expect(pinned.headers.first(name: "Cache-Control") == "public, max-age=31536000, immutable")
        #expect(pinned.body == first.body)
        let gone = try await cluster.get("/iiif/squares.pdf@0123/1/0,0,512,512/512,512/0/default.png")
        #expect(gone.status == 410)

        var nodes = Set<String>()
        for page in 2...10 {
            nodes.insert(try await cluster.get("/iiif/ten-pages.pdf/\(page)/full/200,/0/default.jpg").node ?? "")
        }
        #expect(nodes.count == 1)
        #expect(try await cluster.get("/iiif/ten-pages.pdf/1/full/200,/0/default.jpg").node == "portal-1")
        cluster.stop()
    }

    @Test("every node and the portal give the same bytes under the same entity tag")
    func anyMemberAnswers() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "squares.pdf"]))
        let members = try await cluster.members()
        #expect(members.count == 3)
        for path in [
            "/iiif/ten-pages.pdf/1/full/!300,300/0/default.png",
            "/iiif/ten-pages.pdf/4/0,0,1024,1024/512,512/90/gray.jpg",
            "/iiif/squares.pdf/1/13,27,301,299/200,/0/default.png", "/iiif/squares.pdf/1/square/100,/!45/bitonal.webp",
        ] {
            var bodies = Set<[UInt8]>()
            var entityTags = Set<String>()
            for member in members {
                let answer = try await RunningCluster.send(.GET, "http://\(member.address)\(path)")
                #expect(answer.status == 200)
                bodies.insert(answer.body)
                entityTags.insert(answer.headers.first(name: "ETag") ?? "")
            }
            #expect(bodies.count == 1 && entityTags.count == 1, "\(path)")
        }
        cluster.stop()
    }

    @Test("ten who want the same tile at the same time have it rendered once")
    func singleFlight() async throws {
        let cluster = try RunningCluster(try Library(["heavy.pdf"]))
        let path = "/iiif/heavy.pdf/1/0,0,1024,1024/512,512/0/default.png"
        _ = try await cluster.get("/iiif/heavy.pdf/1/info.json")
        let nodes = try await cluster.readyNodes()
        func jobs() async throws -> Int {
            var total = 0
            for node in nodes {
                let text = try await RunningCluster.send(.GET, "http://\(node.address)/metrics").text
                let line = text.split(separator: "\n").first { $0.hasPrefix("recto_worker_jobs_total") }
                total += line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            }
            return total
        }
        let before = try await jobs()
        let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<10 { group.addTask { try await cluster.get(path).body } }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(bodies.count == 1)
        #expect(try await jobs() == before + 1)
        cluster.stop()
    }

    @Test("nodes come and go while people read, and no request fails")
    func scale() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "squares.pdf", "rotated.pdf", "letter.pdf"]))
        let reader = Reader(cluster)
        let reading = Task { await reader.run() }
        for count in [4, 1, 3] {
            let outcome = try Programs.run(["scale", "\(count)", "--admin", cluster.admin])
            #expect(outcome.status == 0)
            try await cluster.until("\(count) nodes") { members in
                let nodes = members.filter { $0.role == "node" }
                return nodes.count == count && nodes.allSatisfy { $0.status == "ready" && $0.isReachable }
            }
        }
        reader.stop()
        await reading.value
        #expect(reader.failures == [])
        #expect(reader.answered > 20)
        cluster.stop()
    }

    @Test("a killed node costs nobody more than a delay, and is replaced")
    func killNode() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "squares.pdf", "rotated.pdf", "heavy.pdf"]))
        let reader = Reader(cluster)
        let reading = Task { await reader.run() }
        for id in ["node-1", "node-2"] {
            let before = try await cluster.readyNodes().first { $0.id == id }?.incarnation
            let process = try #require(cluster.process(ofNode: id))
            let workers = cluster.workers(of: process)
            kill(process, SIGKILL)
            try await cluster.until("\(id) is back") { members in
                members.contains { $0.id == id && $0.isReachable && $0.status == "ready" && $0.incarnation != before }
            }
            #expect(workers.filter(RunningCluster.isRunning).isEmpty)
        }
        reader.stop()
        await reading.value
        #expect(reader.failures == [])
        cluster.stop(expecting: ["a node ended and is replaced"])
    }

    @Test("the node that is answering is killed, and the answer comes all the same")
    func killAnsweringNode() async throws {
        // The tile takes seconds; on a busy machine that may be more than a page usually may take.
        let cluster = try RunningCluster(try Library(["heavy.pdf"]), ["--deadline", "60"])
        let warm = try await cluster.get("/iiif/heavy.pdf/1/0,0,64,64/8,8/0/default.png")
        let owner = try #require(warm.node)
        let process = try #require(cluster.process(ofNode: owner))
        let slow = Task { try await cluster.get("/iiif/heavy.pdf/1/0,0,2000,2000/2000,2000/0/default.png") }
        try await busy(cluster, process)
        kill(process, SIGKILL)
        let answer = try await slow.value
        #expect(answer.status == 200)
        #expect(answer.node != warm.node)
        cluster.stop(expecting: ["a node ended and is replaced"])
    }

    @Test("a worker that is killed costs nobody more than a delay, however often")
    func killWorkers() async throws {
        let cluster = try RunningCluster(try Library(["heavy.pdf"]), ["--nodes", "1"])
        _ = try await cluster.get("/iiif/heavy.pdf/1/info.json")
        let node = try #require(cluster.process(ofNode: "node-1"))
        for side in [1000, 1001, 1002] {
            let slow = Task {
                try await cluster.get("/iiif/heavy.pdf/1/0,0,\(side),\(side)/\(side),\(side)/0/default.png")
            }
            try await busy(cluster, node)
            for worker in cluster.workers(of: node) { kill(worker, SIGKILL) }
            #expect(try await slow.value.status == 200)
        }
        cluster.stop(expecting: ["a worker ended and is replaced"])
    }

    /// Waits until some worker of the node has used processor time for a while: it renders.
    private func busy(_ cluster: RunningCluster, _ node: Int32) async throws {
        func ticks() -> Int {
            cluster.workers(of: node).reduce(0) { total, worker in
                let fields =
                    (try? String(contentsOfFile: "/proc/\(worker)/stat", encoding: .utf8))?.split(separator: " ") ?? []
                return total + (fields.count > 14 ? (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0) : 0)
            }
        }
        let before = ticks()
        let deadline = ContinuousClock.now + .seconds(10)
        while ticks() < before + 5, ContinuousClock.now < deadline { await Task.yield() }
    }

    @Test("kill -9 of the whole leaves no process behind")
    func killAll() async throws {
        let cluster = try RunningCluster(try Library(["heavy.pdf"]))
        let slow = Task { try? await cluster.get("/iiif/heavy.pdf/1/0,0,3000,3000/3000,3000/0/default.png") }
        _ = try await cluster.get("/iiif/heavy.pdf/1/info.json")
        let all = RunningCluster.descendants(of: cluster.processID)
        #expect(all.count >= 2 + 2 * 2 + 2)
        kill(cluster.processID, SIGKILL)
        let deadline = ContinuousClock.now + .seconds(15)
        while all.contains(where: RunningCluster.isRunning), ContinuousClock.now < deadline { await Task.yield() }
        #expect(all.filter(RunningCluster.isRunning).map(RunningCluster.command) == [])
        _ = await slow.value
    }
}

/// Somebody who reads without a pause and counts what went wrong.
private final class Reader: Sendable {
    private struct State {
        var answered = 0
        var failures: [String] = []
        var isStopped = false
    }

    private let cluster: RunningCluster
    private let state = Mutex(State())

    init(_ cluster: RunningCluster) { self.cluster = cluster }

    var answered: Int { state.withLock { $0.answered } }
    var failures: [String] { state.withLock { $0.failures } }
    func stop() { state.withLock { $0.isStopped = true } }

    func run() async {
        var number = 0
        while !state.withLock({ $0.isStopped }) {
            number += 1
            // A size of its own each time, so that no tile is in a cache.
            let size = 100 + number % 150
            let path =
                switch number % 4 {
                case 0: "/documents/ten-pages.pdf/structure"
                case 1: "/iiif/ten-pages.pdf/\(1 + number % 10)/0,0,600,600/\(size),\(size)/0/default.png"
                case 2: "/iiif/squares.pdf/1/full/\(size),/0/default.jpg"
                default: "/iiif/rotated.pdf/\(1 + number % 4)/full/\(size),/0/default.png"
                }
            do {
                let answer = try await cluster.get(path)
                let isWhole = number % 4 != 0 || answer.events.last?["event"] as? String == "end"
                state.withLock { state in
                    state.answered += 1
                    if answer.status != 200 || !isWhole { state.failures.append("\(path): \(answer.status)") }
                }
            } catch {
                // The portal never goes in these tests, so structure streams do not break either.
                state.withLock { $0.failures.append("\(path): \(error)") }
            }
        }
    }
}
