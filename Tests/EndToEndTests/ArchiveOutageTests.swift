// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import Testing

/// An archive that goes away and comes back while people read.
@Suite(.serialized)
struct ArchiveOutageTests {
    private static let fixture = "ten-pages.pdf"
    private static let warning = "the archive gives no answer"
    private static let failure = "a request failed"

    private func provider(_ library: Library, port: Int? = nil, _ more: String...) async throws -> GuardedServer {
        try await GuardedServer(port: port) { port in
            ["python3", "\(Programs.repository)/examples/archive-provider.py", library.path, "\(port)"] + more
        }
    }

    private func cluster(_ library: Library, _ archive: String, _ arguments: String...) throws -> RunningCluster {
        try RunningCluster(
            library, ["--nodes", "1", "--archive-allow-private", "--version-interval", "0.1"] + arguments,
            archives: [archive])
    }

    private static let paths = [
        "/documents/\(fixture)/structure", "/iiif/\(fixture)/1/full/200,/0/default.png",
        "/iiif/\(fixture)/manifest.json", "/iiif/\(fixture)/3/full/200,/0/default.png",
        "/iiif/\(fixture)/3/info.json", "/documents/\(fixture)/pages/3/text",
    ]

    private func isMarked(_ answer: RunningCluster.Answer) -> Bool {
        answer.headers.first(name: "Cache-Status")?.hasSuffix("; detail=archive-unreachable") == true
    }

    /// Asks until the breakers of all members that answer these are open.
    private func untilOpen(_ cluster: RunningCluster) async throws {
        for path in ["/documents/unknown-1.pdf/structure", "/iiif/unknown-2.pdf/3/info.json"] {
            let answer = try await eventually(try await cluster.get(path)) { answer in
                answer.status == 502 && answer.text.contains("gives no answer")
                    && answer.headers.first(name: "Retry-After") != nil
            }
            #expect(answer.status == 502 && answer.problem == "archive-failed")
            // The third failure opens it.
            for _ in 0..<3 { _ = try await cluster.get(path) }
        }
    }

    @Test("what is cached is served and says so, the rest is refused at once, and all is well once it is back")
    func goesAndComes() async throws {
        let library = try Library([Self.fixture, "letter.pdf"])
        let origin = try await provider(library)
        let cluster = try cluster(library, origin.url + "/")
        for path in Self.paths {
            let answer = try await cluster.get(path)
            #expect(answer.status == 200, "\(path)")
            #expect(!isMarked(answer), "\(path)")
        }
        let tile = "/iiif/\(Self.fixture)/3/full/200,/0/default.png"
        let fresh = try await cluster.get(tile)
        #expect(fresh.isHit && fresh.headers.first(name: "Cache-Status") == "Recto; hit")
        let version = try #require(
            try await cluster.get("/documents/\(Self.fixture)/structure").events.first?["version"] as? String)

        origin.stop()
        try await untilOpen(cluster)
        for path in Self.paths {
            let answer = try await cluster.get(path)
            #expect(answer.status == 200 && isMarked(answer), "\(path) \(answer.status) \(answer.headers)")
        }
        #expect(try await cluster.get(tile).body == fresh.body)
        let pinned = try await cluster.get("/iiif/\(Self.fixture)@\(version)/3/full/200,/0/default.png")
        #expect(pinned.status == 200 && isMarked(pinned) && pinned.body == fresh.body)
        let unchanged = try await cluster.get(
            tile, headers: ["If-None-Match": try #require(fresh.headers.first(name: "ETag"))])
        #expect(unchanged.status == 304 && isMarked(unchanged))
        #expect(try await cluster.get("/documents").status == 502)
        #expect(try await cluster.get("/changes").status == 502)
        #expect(try await cluster.get("/documents/letter.pdf/structure").status == 502)
        #expect(try await cluster.get("/").status == 200)
        #expect(try await cluster.get("/view/\(Self.fixture)").status == 200)
        #expect(try await cluster.get("/readyz").status == 200)
        // The portal's.
        let metrics = try await cluster.admin(.GET, "/metrics").text
        #expect(metrics.contains("recto_archive_breaker_open{archive=\"\"} 1"))
        #expect(metrics.contains("recto_archive_breaker_openings_total{archive=\"\"} 1"))

        let back = try await provider(library, port: origin.port)
        let answer = try await eventually(try await cluster.get("/documents/letter.pdf/structure")) { $0.status == 200 }
        #expect(answer.status == 200 && !isMarked(answer))
        let again = try await eventually(try await cluster.get(tile)) { $0.status == 200 && !isMarked($0) }
        #expect(again.isHit && !isMarked(again))
        // One line of each member when it went and one when it came back.
        for id in ["serve", "node-1"] {
            for line in [Self.warning, "the archive answers again"] {
                let count = await eventually(
                    cluster.logLines.count { $0.contains(line) && $0.contains("\"\(id)\"") }
                ) { $0 > 0 }
                #expect(count == 1, "\(id) \(line)")
            }
        }
        cluster.stop(expecting: [Self.warning, Self.failure])
        back.stop()
    }

    @Test("with --stale-for 0 nothing is served that the archive has not confirmed")
    func never() async throws {
        let library = try Library([Self.fixture])
        let origin = try await provider(library)
        let cluster = try cluster(library, origin.url + "/", "--stale-for", "0")
        let tile = "/iiif/\(Self.fixture)/3/full/200,/0/default.png"
        #expect(try await cluster.get(tile).status == 200)
        origin.stop()
        #expect(try await eventually(try await cluster.get(tile)) { $0.status == 502 }.status == 502)
        cluster.stop(expecting: [Self.warning, Self.failure])
    }

    @Test("while the archive is away a caller sees what it had confirmed to that caller, a stranger nothing")
    func callers() async throws {
        let library = try Library([Self.fixture])
        let origin = try await provider(library, port: nil, "Authorization=Bearer reader")
        let cluster = try RunningCluster(
            library,
            [
                "--nodes", "1", "--archive-allow-private", "--version-interval", "0.1", "--archive-forward-header",
                "Authorization",
            ], archives: [origin.url + "/"], environment: ["RECTO_ARCHIVE_AUTHORIZATION": "Bearer reader"])
        let tile = "/iiif/\(Self.fixture)/3/full/200,/0/default.png"
        let reader: HTTPHeaders = ["Authorization": "Bearer reader"]
        #expect(try await cluster.get(tile, headers: reader).status == 200)
        origin.stop()
        let marked = try await eventually(try await cluster.get(tile, headers: reader)) { isMarked($0) }
        #expect(marked.status == 200 && isMarked(marked))
        #expect(try await cluster.get(tile, headers: ["Authorization": "Bearer stranger"]).status == 502)
        #expect(try await cluster.get(tile).status == 502)
        cluster.stop(expecting: [Self.warning, Self.failure])
    }

    @Test("a cluster starts while its archive is away, says so, and serves once it is there")
    func startsWithout() async throws {
        let library = try Library([Self.fixture])
        let origin = try await provider(library)
        origin.stop()
        let cluster = try cluster(library, origin.url + "/")
        let refused = try await cluster.get("/documents/\(Self.fixture)/structure")
        #expect(refused.status == 502)
        let warnings = cluster.logLines.filter { $0.contains(Self.warning) }
        #expect(!warnings.isEmpty && warnings.allSatisfy { $0.contains(origin.url) && $0.contains("reason") })
        let back = try await provider(library, port: origin.port)
        let answer = try await eventually(try await cluster.get("/documents/\(Self.fixture)/structure")) {
            $0.status == 200
        }
        #expect(answer.status == 200)
        cluster.stop(expecting: [Self.warning, Self.failure])
        back.stop()
    }

    @Test("a folder that is not there ends the start with a clear error")
    func noFolder() throws {
        let outcome = try Programs.run(
            ["serve", "--archive", "/nowhere/at/all", "--port", "0", "--admin-port", "0"])
        #expect(outcome.status == 1)
        #expect(outcome.error.contains("the archive cannot be opened: /nowhere/at/all: No such file or directory"))
    }
}
