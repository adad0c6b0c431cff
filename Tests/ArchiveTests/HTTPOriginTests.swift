// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import TileModel

@testable import Archive

/// An origin that answers as a test wants it to, and counts.
private final class ScriptedOrigin: Sendable {
    let server: HTTPServer
    private let log = RequestLog()

    var url: String { "http://origin.test:\(server.port)" }
    /// Method and target of each request so far.
    var lines: [String] { log.lines.withLock { $0 } }

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPReply) async throws {
        server = try await HTTPServer.start(
            .init(host: "127.0.0.1", port: 0),
            responder: HTTPHandler { [log] request in
                log.lines.withLock { $0.append("\(request.method.rawValue) \(request.target)") }
                return answer(request)
            })
    }
}

private final class RequestLog: Sendable {
    let lines = Mutex<[String]>([])
}

/// A resolver whose answers a test decides; the last one stays.
private final class ScriptedResolver: HostResolver {
    private let answers: Mutex<[String]>
    let asked = Atomic<Int>(0)

    init(_ answers: [String]) { self.answers = Mutex(answers) }

    func addresses(of host: String) async throws(ArchiveError) -> [NetworkAddress] {
        asked.add(1, ordering: .relaxed)
        let next = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        return [NetworkAddress(next)!]
    }
}

struct HTTPOriginTests {
    private static let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private static func document(_ bytes: [UInt8] = content, _ headers: HTTPHeaders = ["ETag": "\"v1\""]) -> HTTPReply {
        .now(HTTPAnswer(headers: headers, body: .bytes(ByteBuffer(bytes: bytes))))
    }

    private func archive(
        _ origin: ScriptedOrigin, resolver: any HostResolver = ScriptedResolver(["127.0.0.1"]),
        allowed: [String] = [], allowsPrivate: Bool = true, timeouts: OwnedHTTPClient.Timeouts = .init()
    ) throws -> HTTPOriginArchive {
        var settings = ArchiveSettings()
        settings.allowedHosts = allowed
        settings.allowsPrivateAddresses = allowsPrivate
        return try HTTPOriginArchive(
            location: origin.url, settings: settings, resolver: resolver, timeouts: timeouts)
    }

    private let pinned = PinnedDocument(try! DocumentID("a"), try! DocumentVersion("e-v1"))

    @Test("a document of an origin without ranges is fetched once, however many read it at once")
    func withoutRanges() async throws {
        let origin = try await ScriptedOrigin { _ in Self.document() }
        let archive = try archive(origin)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask {
                    let start = 1 + index * 4000
                    let bytes = try await archive.read(start..<start + 100, of: pinned)
                    #expect(bytes == Array(Self.content[start..<start + 100]))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await archive.read(99_990..<100_100, of: pinned) == Array(Self.content[99_990...]))
        #expect(origin.lines == ["GET /a"])
        let other = PinnedDocument(try DocumentID("a"), try DocumentVersion("e-v2"))
        await #expect(throws: ArchiveError.versionGone) { _ = try await archive.read(5..<9, of: other) }
    }

    @Test("an answer of another version than asked for is never taken, whatever the origin thinks of conditions")
    func otherVersion() async throws {
        let origin = try await ScriptedOrigin { _ in
            .now(
                HTTPAnswer(
                    status: .partialContent, headers: ["ETag": "\"v2\"", "Content-Range": "bytes 0-1/9"],
                    body: .bytes(ByteBuffer(bytes: [1, 2]))))
        }
        let archive = try archive(origin)
        await #expect(throws: ArchiveError.versionGone) { _ = try await archive.read(0..<2, of: pinned) }
        // And neither is another range.
        await #expect(throws: ArchiveError.self) { _ = try await archive.read(4..<6, of: pinned) }
    }

    @Test("a compressed answer, one without a version and one without a length are failures")
    func uselessAnswers() async throws {
        for headers: HTTPHeaders in [["ETag": "\"v1\"", "Content-Encoding": "gzip"], [:]] {
            let origin = try await ScriptedOrigin { _ in Self.document([1], headers) }
            let archive = try archive(origin)
            await #expect(throws: ArchiveError.self) { _ = try await archive.stat(DocumentID("a")) }
        }
        let broken = try await ScriptedOrigin { _ in .now(.text("[]")) }
        let archive = try archive(broken)
        await #expect(throws: ArchiveError.self) { _ = try await archive.list(prefix: [], cursor: nil, limit: 1) }
    }

    @Test("an origin without a list says so, and the folder of a web server is no document")
    func noList() async throws {
        let origin = try await ScriptedOrigin { request in
            request.path == "/folder"
                ? .now(HTTPAnswer(status: .movedPermanently, headers: ["Location": "/folder/"]))
                : .now(.text("", status: .notFound))
        }
        let archive = try archive(origin)
        await #expect(throws: ArchiveError.notListable) {
            _ = try await archive.list(prefix: [], cursor: nil, limit: 1)
        }
        await #expect(throws: ArchiveError.notFound) { _ = try await archive.stat(DocumentID("folder")) }
    }

    // MARK: Redirects and addresses

    @Test("redirects are followed to allowed hosts, without the credential, and a circle ends")
    func redirects() async throws {
        let origin = try await ScriptedOrigin { request in
            switch request.path {
            case "/a":
                let port = request.headers.first(name: "Host")?.split(separator: ":").last ?? ""
                return .now(HTTPAnswer(status: .found, headers: ["Location": "http://cdn.test:\(port)/b"]))
            case "/b":
                let isClean = !request.headers.contains(name: "Authorization")
                return isClean ? Self.document() : .now(.text("", status: .badRequest))
            default: return .now(HTTPAnswer(status: .found, headers: ["Location": "/circle"]))
            }
        }
        await #expect(throws: ArchiveError.self) { _ = try await archive(origin).stat(DocumentID("a")) }
        #expect(origin.lines == ["HEAD /a"])
        var settings = ArchiveSettings()
        settings.allowedHosts = ["cdn.test"]
        settings.allowsPrivateAddresses = true
        settings.environment = ["RECTO_ARCHIVE_AUTHORIZATION": "Bearer x"]
        let allowed = try HTTPOriginArchive(
            location: origin.url, settings: settings, resolver: ScriptedResolver(["127.0.0.1"]))
        #expect(try await allowed.stat(DocumentID("a")).size == Self.content.count)
        await #expect(throws: ArchiveError.self) { _ = try await allowed.stat(DocumentID("circle")) }
    }

    @Test("a host at a private address is refused before anything is sent, also at the end of a redirect")
    func privateAddresses() async throws {
        let origin = try await ScriptedOrigin { _ in Self.document() }
        let archive = try archive(origin, allowsPrivate: false)
        await #expect(throws: ArchiveError.self) { _ = try await archive.stat(DocumentID("a")) }
        await #expect(throws: ArchiveError.self) { try await archive.check() }
        #expect(origin.lines.isEmpty)
    }

    @Test("a name that turns to another address after it was checked is connected to where it was checked")
    func rebinding() async throws {
        let origin = try await ScriptedOrigin { _ in Self.document() }
        // If the name were resolved once more, nothing would answer there.
        let resolver = ScriptedResolver(["127.0.0.1", "192.0.2.1"])
        let archive = try archive(origin, resolver: resolver)
        for _ in 0..<3 { #expect(try await archive.stat(DocumentID("a")).size == Self.content.count) }
        #expect(resolver.asked.load(ordering: .relaxed) == 1)
    }

    // MARK: Time

    @Test("an origin that accepts and says nothing, or stops in the middle, is given up")
    func stalled() async throws {
        let origin = try await ScriptedOrigin { request in
            guard request.path == "/half" else {
                return .later {
                    try? await Task.sleep(for: .seconds(60))
                    return .text("late")
                }
            }
            return .now(
                HTTPAnswer(
                    status: .partialContent,
                    headers: ["ETag": "\"v1\"", "Content-Range": "bytes 0-99/100", "Content-Length": "100"],
                    body: .stream { writer in
                        try await writer.write([1, 2, 3])
                        try await Task.sleep(for: .seconds(60))
                    }))
        }
        // Each patience alone, so that a busy machine does not decide which of them ends first.
        var impatient = OwnedHTTPClient.Timeouts(
            connect: .seconds(60), firstByte: .milliseconds(200), progress: .seconds(60))
        await #expect(throws: ArchiveError.unreachable("origin.test did not answer in time")) {
            _ = try await archive(origin, timeouts: impatient).stat(DocumentID("a"))
        }
        impatient.firstByte = .seconds(60)
        impatient.progress = .milliseconds(200)
        let half = PinnedDocument(try DocumentID("half"), try DocumentVersion("e-v1"))
        await #expect(throws: ArchiveError.unreachable("origin.test stopped in the middle of an answer")) {
            _ = try await archive(origin, timeouts: impatient).read(0..<100, of: half)
        }
        await origin.server.shutDown()
    }
}
