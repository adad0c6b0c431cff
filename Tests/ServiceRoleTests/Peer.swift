// SPDX-License-Identifier: Apache-2.0

import Access
import Foundation
import HTTPService
import Logging
import NIOCore
import NIOHTTP1
import SlowArchive
import Synchronization
import TileModel

@testable import Archive
@testable import Cluster
@testable import ServiceRole

/// A member's cluster port that does what a test wants with requests for blocks.
final class Peer: Sendable {
    static let secret = ClusterSecret.random()

    let address: String
    private let server: HTTPServer
    private let count = Atomic<Int>(0)

    /// How often blocks have been asked for.
    var questions: Int { count.load(ordering: .relaxed) }

    private init(_ server: HTTPServer) {
        self.server = server
        address = "127.0.0.1:\(server.port)"
    }

    static func start(_ behaviour: any PeerBehaviour) async throws -> Peer {
        let late = Mutex<Peer?>(nil)
        let server = try await HTTPServer.start(
            HTTPServer.Configuration(host: "127.0.0.1", port: 0),
            responder: HTTPHandler { request in
                guard request.headers.first(name: ClusterSecret.header) == secret.value else {
                    return .now(Problem("unauthenticated", .unauthorized, "No.").answer)
                }
                late.withLock { $0 }?.count.add(1, ordering: .relaxed)
                return behaviour.reply(to: request)
            })
        let peer = Peer(server)
        late.withLock { $0 = peer }
        return peer
    }

    func stop() async { await server.shutDown() }
}

/// What a member does when it is asked.
protocol PeerBehaviour: Sendable {
    func reply(to request: HTTPRequest) -> HTTPReply
}

/// One that has all blocks of a document.
struct WillingPeer: PeerBehaviour {
    let key: BlockKey
    let bytes: [UInt8]

    func frames(_ request: HTTPRequest) -> [[UInt8]] {
        guard let query = try? BlockQuery(request.segments[2], request), query.name == key.fileName else { return [] }
        return query.ranges.flatMap { key.grid.blocks(of: $0) }.map { block in
            let piece = Array(bytes[key.grid.bytes(of: block..<block + 1)])
            let digest = piece.withUnsafeBytes { BlockDigest.of($0, block: block, seed: key.seed) }
            return BlockFrame.encode(block, piece, digest: digest)
        }
    }

    func reply(to request: HTTPRequest) -> HTTPReply {
        let frames = frames(request)
        guard !frames.isEmpty else { return .now(Problem.notFound.answer) }
        return .now(HTTPAnswer(body: .bytes(ByteBuffer(bytes: frames.flatMap(\.self)))))
    }
}

/// One that breaks off in the middle of a block, as a process does that is killed.
struct DyingPeer: PeerBehaviour {
    let willing: WillingPeer

    func reply(to request: HTTPRequest) -> HTTPReply {
        let all = willing.frames(request).flatMap(\.self)
        return .now(
            HTTPAnswer(
                body: .stream { writer in
                    try await writer.write(Array(all.prefix(all.count * 2 / 3)))
                    throw CancellationError()
                }))
    }
}

/// One whose answer ends early and looks whole.
struct ShortPeer: PeerBehaviour {
    let willing: WillingPeer

    func reply(to request: HTTPRequest) -> HTTPReply {
        let all = willing.frames(request).flatMap(\.self)
        return .now(HTTPAnswer(body: .bytes(ByteBuffer(bytes: all.dropLast(100)))))
    }
}

/// One in whose second block a bit is wrong.
struct FlippingPeer: PeerBehaviour {
    let willing: WillingPeer

    func reply(to request: HTTPRequest) -> HTTPReply {
        var frames = willing.frames(request)
        if frames.count > 1 { frames[1][BlockFrame.headSize + 1234] ^= 8 }
        return .now(HTTPAnswer(body: .bytes(ByteBuffer(bytes: frames.flatMap(\.self)))))
    }
}

/// One that sends another block than it was asked for.
struct ForeignPeer: PeerBehaviour {
    let willing: WillingPeer

    func reply(to request: HTTPRequest) -> HTTPReply {
        .now(HTTPAnswer(body: .bytes(ByteBuffer(bytes: BlockFrame.encode(9_999, [1, 2, 3], digest: 4)))))
    }
}

/// One that never answers.
struct SilentPeer: PeerBehaviour {
    func reply(to request: HTTPRequest) -> HTTPReply {
        .later {
            try? await Task.sleep(for: .seconds(3600))
            return Problem.notFound.answer
        }
    }
}

/// One that sends a block and then no more.
struct StallingPeer: PeerBehaviour {
    let willing: WillingPeer

    func reply(to request: HTTPRequest) -> HTTPReply {
        let first = willing.frames(request).first ?? []
        return .now(
            HTTPAnswer(
                body: .stream { writer in
                    try await writer.write(first)
                    try await Task.sleep(for: .seconds(3600))
                }))
    }
}

/// One that is out of order.
struct FailingPeer: PeerBehaviour {
    func reply(to request: HTTPRequest) -> HTTPReply {
        .now(Problem("internal", .internalServerError, "Out of order.").answer)
    }
}
