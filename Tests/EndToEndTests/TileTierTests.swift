// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import RedisServer
import Testing

/// What becomes of tiles beyond the memory of one process.
@Suite(.serialized)
struct TileTierTests {
    private static let fixture = "ten-pages.pdf"

    private static func tile(_ document: String, _ left: Int = 0) -> String {
        "/iiif/\(document)/2/\(left),0,512,512/512,512/0/default.png"
    }

    private static func temporaryFolder() -> String { NSTemporaryDirectory() + "recto-tier-\(UUID().uuidString)" }

    /// `document@version`, as answers of the structure name it.
    private static func pinned(_ cluster: RunningCluster) async throws -> String {
        let structure = try await cluster.get("/documents/\(fixture)/structure")
        let version = try #require(structure.events.first?["version"] as? String)
        return "\(fixture)@\(version)"
    }

    private static func files(in folder: String) -> Int {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.count { $0.hasPrefix("node-1/") && !$0.contains("/.") }
    }

    @Test("a restarted cluster answers its first tiles from disk and reads no byte of the archive")
    func restart() async throws {
        let library = try Library([Self.fixture])
        let origin = try await GuardedServer { port in
            ["python3", "\(Programs.repository)/examples/archive-provider.py", library.path, "\(port)"]
        }
        let folder = Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func start() throws -> RunningCluster {
            // Blocks of the original lie in a new place each time: it shall not be they that answer.
            try RunningCluster(
                library,
                [
                    "--nodes", "1", "--archive-allow-private", "--tile-cache-dir", folder + "/tiles", "--block-cache",
                    "\(folder)/blocks-\(UUID().uuidString)",
                ], archives: [origin.url + "/"])
        }
        let first = try start()
        let document = try await Self.pinned(first)
        let made = try await first.get(Self.tile(document))
        #expect(made.status == 200 && made.layer == "miss")
        #expect(try await first.get(Self.tile(document)).layer == "memory")
        let deadline = ContinuousClock.now + .seconds(20)
        // The tile, and the page that it is of.
        while Self.files(in: folder + "/tiles") < 2, ContinuousClock.now < deadline { await Task.yield() }
        first.stop()

        let second = try start()
        let found = try await second.get(Self.tile(document))
        #expect(found.layer == "disk" && found.body == made.body)
        #expect(found.headers.first(name: "ETag") == made.headers.first(name: "ETag"))
        #expect(try await second.get(Self.tile(document)).layer == "memory")
        let metrics = try await RunningCluster.send(
            .GET, "http://\(try #require(try await second.readyNodes().first).address)/metrics"
        ).text
        #expect(metrics.contains("recto_cache_hits_total{layer=\"tiles-disk\"}"))
        #expect(metrics.contains("\nrecto_archive_bytes_total 0\n"), "bytes were read of the archive")
        second.stop()
    }

    @Test("a node that was killed has its tiles again, and a purge takes them")
    func killed() async throws {
        let library = try Library([Self.fixture])
        let folder = Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try RunningCluster(library, ["--nodes", "1", "--tile-cache-dir", folder])
        let document = try await Self.pinned(cluster)
        let made = try await cluster.get(Self.tile(document))
        #expect(made.layer == "miss")
        let deadline = ContinuousClock.now + .seconds(20)
        while Self.files(in: folder) < 2, ContinuousClock.now < deadline { await Task.yield() }
        let before = try await cluster.readyNodes()
        kill(try #require(cluster.process(ofNode: "node-1")), SIGKILL)
        try await cluster.until("a node of that name is there again") { members in
            members.contains {
                $0.role == "node" && $0.status == "ready" && $0.isReachable && $0.incarnation != before[0].incarnation
            }
        }
        let found = try await cluster.get(Self.tile(document))
        #expect(found.layer == "disk" && found.body == made.body)
        #expect(try await cluster.admin(.POST, "/admin/purge", "{\"document\": \"\(Self.fixture)\"}").status == 200)
        #expect(Self.files(in: folder) == 0)
        #expect(try await cluster.get(Self.tile(document)).layer == "miss")
        cluster.stop(expecting: ["a node ended and is replaced"])
    }

    @Test("what one node rendered another finds in Redis, and when Redis goes all goes on")
    func shared() async throws {
        let server = try await RedisServer(password: "hunter2")
        let library = try Library([Self.fixture])
        let cluster = try RunningCluster(
            library, ["--nodes", "2", "--policy", "round-robin", "--tile-cache-redis", server.address])
        let document = try await Self.pinned(cluster)
        var isShared = false
        // A busy machine may be later with a tile than anybody waits for; then it is rendered. One of many comes in time.
        for place in 0..<40 where !isShared {
            let made = try await cluster.get(Self.tile(document, place))
            for _ in 0..<4 where !isShared {
                let answer = try await cluster.get(Self.tile(document, place))
                #expect(answer.status == 200 && answer.body == made.body)
                isShared = answer.layer == "shared"
            }
        }
        #expect(isShared)
        server.stop()
        for place in 100..<104 { #expect(try await cluster.get(Self.tile(document, place)).layer == "miss") }
        cluster.stop(expecting: ["Redis gives no answer"])
        #expect(!cluster.logLines.contains { $0.contains("hunter2") })
    }

    @Test("nothing that a password opened goes to disk")
    func passwords() async throws {
        let folder = Self.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try RunningCluster(
            try Library(["locked.pdf"]), ["--nodes", "1", "--tile-cache-dir", folder])
        let path = "/iiif/locked.pdf/1/0,0,64,64/64,64/0/default.png"
        let tile = try await cluster.get(path, headers: ["Recto-Password": "recto"])
        #expect(tile.status == 200)
        cluster.stop()
        #expect(Self.files(in: folder) == 0)
    }

    @Test(
        "what is no address of Redis ends the start with what to do about it",
        arguments: ["rediss://cache:6379", "cache:6379", "redis://"])
    func wrongAddress(_ address: String) throws {
        let outcome = try Programs.run(
            ["serve", "--archive", NSTemporaryDirectory(), "--port", "0", "--tile-cache-redis", address])
        #expect(outcome.status != 0 && outcome.error.contains("redis://"))
    }
}
