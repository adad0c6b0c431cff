// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOHTTP1
import Testing

/// Text, links and search of documents, through the whole cluster.
@Suite(.serialized)
struct TextTests {
    private func hits(_ answer: RunningCluster.Answer) -> [[String: Any]] {
        answer.events.filter { $0["event"] as? String == "hit" }
    }

    @Test("a page's words come with boxes, from a node, and are validated like tiles")
    func text() async throws {
        let cluster = try RunningCluster(try Library(["letter.pdf"]))
        let answer = try await cluster.get("/documents/letter.pdf/pages/1/text")
        #expect(answer.status == 200 && answer.node?.hasPrefix("node-") == true)
        #expect(answer.headers.first(name: "Content-Type") == "application/json")
        #expect(answer.headers.first(name: "Access-Control-Allow-Origin") == "*")
        #expect(answer.json("width", as: Double.self) == 612 && answer.json("unit", as: String.self) == "pt")
        let words = try #require(answer.json("words", as: [[String: Any]].self))
        let word = try #require(words.first { $0["text"] as? String == "kaleidoscope" })
        let box = try #require(word["box"] as? [Double])
        #expect(box.count == 4 && box[0] > 72 && box[0] + box[2] < 540 && box[1] > 142 && box[1] + box[3] < 300)
        #expect(words.first?["end"] as? String == "line")

        #expect(answer.headers.first(name: "Cache-Control")?.contains("no-cache") == true)
        let entityTag = try #require(answer.headers.first(name: "ETag"))
        let again = try await cluster.get(
            "/documents/letter.pdf/pages/1/text", headers: ["If-None-Match": entityTag])
        #expect(again.status == 304 && again.body.isEmpty)
        let links = try await cluster.get("/documents/letter.pdf/pages/1/links")
        #expect(links.headers.first(name: "ETag") != entityTag)
        #expect(links.json("links", as: [[String: Any]].self)?.isEmpty == true)
        let version = try #require(
            try await cluster.get("/documents/letter.pdf/structure").events.first?["version"] as? String)
        let pinned = try await cluster.get("/documents/letter.pdf@\(version)/pages/1/text")
        #expect(
            pinned.headers.first(name: "Cache-Control")?.contains("immutable") == true && pinned.body == answer.body)
        cluster.stop()
    }

    @Test("links, outline positions and metadata reach the client")
    func links() async throws {
        let cluster = try RunningCluster(try Library(["links.pdf"]))
        let links = try #require(
            try await cluster.get("/documents/links.pdf/pages/1/links").json("links", as: [[String: Any]].self))
        #expect(links.count == 5)
        #expect(links[0]["uri"] as? String == "https://example.org/recto?a=b&c=d")
        #expect(links[1]["page"] as? Int == 2 && links[1]["y"] as? Double == 92)
        #expect(links[2]["page"] as? Int == 3 && links[2]["y"] == nil)
        let events = try await cluster.get("/documents/links.pdf/structure").events
        let metadata = try #require(events.first?["metadata"] as? [String: Any])
        #expect(metadata["author"] as? String == "Nobody at all" && metadata["producer"] == nil)
        #expect(metadata["created"] as? String == "2024-02-29T12:34:56+01:00")
        let outline = events.first { $0["event"] as? String == "outline" }?["items"] as? [[String: Any]]
        #expect(outline?.first?["y"] as? Double == 92)
        cluster.stop()
    }

    @Test("a search streams its hits page by page and says when it has ended")
    func search() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "letter.pdf"]))
        let answer = try await cluster.get("/documents/ten-pages.pdf/search?q=LABEL")
        #expect(answer.status == 200 && answer.node?.hasPrefix("node-") == true)
        #expect(answer.headers.first(name: "Content-Type") == "application/x-ndjson")
        #expect(hits(answer).map { $0["page"] as? Int } == Array(1...10))
        let end = try #require(answer.events.last)
        #expect(end["event"] as? String == "end" && end["hits"] as? Int == 10 && end["pages"] as? Int == 10)

        // Over a line's end, with a query in the form encoding.
        let lines = try await cluster.get("/documents/letter.pdf/search?q=nobody+waits%20FOR")
        let hit = try #require(hits(lines).first)
        #expect(hits(lines).count == 1 && (hit["boxes"] as? [[Double]])?.count == 2)
        #expect(
            (hit["text"] as? String) == "nobody waits for" && (hit["before"] as? String)?.hasSuffix("it and ") == true)
        #expect(hits(try await cluster.get("/documents/ten-pages.pdf/search?q=label&from=8")).count == 3)
        let none = try await cluster.get("/documents/letter.pdf/search?q=hippopotamus")
        #expect(none.events.map { $0["event"] as? String } == ["end"])
        cluster.stop()
    }

    @Test("what cannot be answered is a problem document")
    func problems() async throws {
        let cluster = try RunningCluster(try Library(["ten-pages.pdf", "locked.pdf", "truncated.pdf"]))
        let long = String(repeating: "a", count: 257)
        for (path, status) in [
            ("ten-pages.pdf/pages/11/text", 404), ("ten-pages.pdf/pages/0/links", 404),
            ("ten-pages.pdf/pages/x/text", 404), ("ten-pages.pdf/pages/1/pixels", 404), ("none.pdf/pages/1/text", 404),
            ("none.pdf/search?q=a", 404), ("ten-pages.pdf/search", 400), ("ten-pages.pdf/search?q=", 400),
            ("ten-pages.pdf/search?q=%20%09", 400), ("ten-pages.pdf/search?q=\(long)", 400),
            ("ten-pages.pdf/search?q=a&from=0", 400), ("locked.pdf/pages/1/text", 422), ("locked.pdf/search?q=a", 422),
            ("truncated.pdf/search?q=a", 422), ("ten-pages.pdf@gone/search?q=a", 410),
        ] {
            let answer = try await cluster.get("/documents/\(path)")
            #expect(answer.status == status, "\(path): \(answer.text)")
            #expect(answer.headers.first(name: "Content-Type") == "application/problem+json", "\(path)")
        }
        let posted = try await RunningCluster.send(.POST, cluster.url + "/documents/ten-pages.pdf/search?q=a")
        #expect(posted.status == 405)
        cluster.stop()
    }

    @Test(
        "a book is searched to its end, hits in order of its pages",
        .enabled(if: Programs.corpus != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
    func book() async throws {
        let library = try Library()
        let book = (Programs.corpus ?? "") + "/pdf/book-octave-manual.pdf"
        try FileManager.default.copyItem(atPath: book, toPath: "\(library.path)/book.pdf")
        let cluster = try RunningCluster(library)
        let answer = try await cluster.get("/documents/book.pdf/search?q=Singular%20Value%20decomposition")
        let pages = hits(answer).compactMap { $0["page"] as? Int }
        #expect(!pages.isEmpty && pages == pages.sorted())
        // More than a lease's worth: it tells how far it is.
        let progress = answer.events.filter { $0["event"] as? String == "searched" }.compactMap { $0["page"] as? Int }
        #expect(progress.count > 3 && progress == progress.sorted())
        #expect(answer.events.last?["hits"] as? Int == pages.count && answer.events.last?["pages"] as? Int == 1158)
        cluster.stop()
    }

    @Test(
        "readers that take nothing of what was found keep no worker from others",
        .enabled(if: Programs.corpus != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
    func stalled() async throws {
        let library = try Library(["letter.pdf"])
        let book = (Programs.corpus ?? "") + "/pdf/book-octave-manual.pdf"
        try FileManager.default.copyItem(atPath: book, toPath: "\(library.path)/book.pdf")
        let cluster = try RunningCluster(library, ["--nodes", "1", "--workers", "1"])
        // Some 35 MB of hits, many times what the connections on the way hold.
        let sockets = try (0..<3).map { _ in
            try connection(to: cluster, "GET /documents/book.pdf/search?q=e HTTP/1.1\r\nHost: h\r\n\r\n")
        }
        defer { for socket in sockets { close(socket) } }
        for socket in sockets {
            var first = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            #expect(poll(&first, 1, 10_000) == 1)
        }
        // With one worker, anything that held it would have everybody else wait until the deadline.
        #expect(try await cluster.get("/iiif/letter.pdf/1/0,0,512,512/256,256/0/default.png").status == 200)
        cluster.stop()
    }

    private func connection(to cluster: RunningCluster, _ request: String) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = try #require(cluster.url.split(separator: ":").last.flatMap { UInt16($0) }).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        let bytes = Array(request.utf8)
        try #require(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        return descriptor
    }
}
