// SPDX-License-Identifier: Apache-2.0

import Access
import Foundation
import Logging
import SlowArchive
import Synchronization
import Testing
import TileModel

@testable import Archive
@testable import Cluster
@testable import ServiceRole

/// Times that end when the test says so.
private final class HandTimes: Sendable {
    private let waiting = Mutex<[(time: Duration, continuation: CheckedContinuation<Void, Never>)]>([])
    private let clock = Mutex(ContinuousClock.now)

    var times: PeerTimes {
        var times = PeerTimes()
        times.sleep = { [self] time in
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    waiting.withLock { $0.append((time, continuation)) }
                    if Task.isCancelled { elapse(time) }
                }
            } onCancel: {
                elapse(time)
            }
        }
        times.now = { [self] in clock.withLock { $0 } }
        return times
    }

    func pass(_ time: Duration) { clock.withLock { $0 += time } }

    /// Ends waits of that length.
    func elapse(_ time: Duration) {
        let ended = waiting.withLock { waiting in
            defer { waiting.removeAll { $0.time == time } }
            return waiting.filter { $0.time == time }
        }
        for wait in ended { wait.continuation.resume() }
    }

    /// Ends a wait of that length once somebody waits for it.
    func elapseOnce(_ time: Duration) async {
        while !waiting.withLock({ $0.contains { $0.time == time } }) { await Task.yield() }
        elapse(time)
    }
}

/// Blocks from other members, and what happens where they fail.
struct PeerBlocksTests {
    private static let block = BlockPiece.unit
    private static let size = 3 * block + 77

    private let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 * 31 + $0 >> 8) }
    private let key: BlockKey
    private let hand = HandTimes()

    init() throws {
        key = BlockKey(
            PinnedDocument(try DocumentID("a.pdf"), try DocumentVersion("1")), size: Self.size, archive: "test")
    }

    private var willing: WillingPeer { WillingPeer(key: key, bytes: bytes) }

    private func peers(_ addresses: [Peer], _ times: PeerTimes? = nil) -> PeerBlocks {
        var generous = PeerTimes()
        generous.firstByte = .seconds(60)
        let start = ContinuousClock.now
        generous.now = { start }
        let peers = PeerBlocks(id: "node-9", secret: Peer.secret, times: times ?? generous)
        // The one that is named last is asked first.
        for peer in addresses.reversed() { peers.named(peer.address, for: key.document.document) }
        return peers
    }

    private func expectRight(_ pieces: [BlockPiece], _ location: SourceLocation = #_sourceLocation) {
        for piece in pieces { #expect(piece.bytes == Array(bytes[piece.range]), sourceLocation: location) }
    }

    @Test("blocks come from the member that has them")
    func willingMember() async throws {
        let peer = try await Peer.start(willing)
        let pieces = await peers([peer]).pieces([0..<Self.size], of: key)
        #expect(BlockPiece.subtract(pieces, from: [0..<Self.size]).isEmpty)
        expectRight(pieces)
        await peer.stop()
    }

    @Test("of another version nothing comes, and the member is not blamed")
    func otherVersion() async throws {
        let peer = try await Peer.start(willing)
        let peers = peers([peer])
        let document = PinnedDocument(key.document.document, try DocumentVersion("2"))
        let other = BlockKey(document, size: Self.size, archive: "test")
        #expect(await peers.pieces([0..<Self.size], of: other).isEmpty)
        #expect(await !peers.pieces([0..<Self.size], of: key).isEmpty)
        await peer.stop()
    }

    /// Members that go wrong, and how many blocks of theirs are right.
    private func faults() -> [(behaviour: any PeerBehaviour, right: Int)] {
        [
            (DyingPeer(willing: willing), 2), (ShortPeer(willing: willing), 3), (FlippingPeer(willing: willing), 1),
            (ForeignPeer(willing: willing), 0), (FailingPeer(), 0),
        ]
    }

    @Test("of a member that dies, cuts off, flips bits or sends what is foreign, only what is right is taken")
    func faultyMembers() async throws {
        for (behaviour, right) in faults() {
            let (peer, other) = (try await Peer.start(behaviour), try await Peer.start(willing))
            let alone = peers([peer])
            let pieces = await alone.pieces([0..<Self.size], of: key)
            expectRight(pieces)
            #expect(pieces.count <= right, "\(behaviour)")
            // It is left alone then.
            let questions = peer.questions
            #expect(await alone.pieces([0..<Self.size], of: key).isEmpty)
            #expect(peer.questions == questions, "\(behaviour)")
            // Another one gives the rest.
            let all = await peers([peer, other]).pieces([0..<Self.size], of: key)
            expectRight(all)
            #expect(BlockPiece.subtract(all, from: [0..<Self.size]).isEmpty, "\(behaviour)")
            await peer.stop()
            await other.stop()
        }
    }

    @Test("a member that does not begin in time is not waited for, and is asked again after a while")
    func silentMember() async throws {
        let peer = try await Peer.start(SilentPeer())
        let peers = peers([peer], hand.times)
        async let pieces = peers.pieces([0..<Self.size], of: key)
        await hand.elapseOnce(.milliseconds(20))
        #expect(await pieces.isEmpty)
        #expect(await peers.pieces([0..<Self.size], of: key).isEmpty)
        hand.pass(.seconds(2))
        async let again = peers.pieces([0..<Self.size], of: key)
        await hand.elapseOnce(.milliseconds(20))
        #expect(await again.isEmpty)
        await peer.stop()
    }

    @Test("of a member that begins and does not go on, what has come is taken when its time is up")
    func stallingMember() async throws {
        let peer = try await Peer.start(StallingPeer(willing: willing))
        let times = hand.times
        let begun = Landing()
        let link = PeerLink(
            client: ClusterClient(secret: Peer.secret, asker: "node-9"), address: peer.address, times: times,
            hasBegun: { begun.land() })
        async let answer = link.blocks([0..<Self.size], of: key)
        await begun.wait()
        await hand.elapseOnce(.milliseconds(20))
        await hand.elapseOnce(times.rest(of: Self.size))
        let outcome = await answer
        expectRight(outcome.pieces)
        #expect(outcome.pieces.count <= 1)
        #expect(outcome.failure as? PeerLink.Failure == .slow)
        await peer.stop()
    }

    @Test("a member that is gone costs nothing but its turn")
    func goneMember() async throws {
        let (gone, peer) = (try await Peer.start(willing), try await Peer.start(willing))
        await gone.stop()
        let pieces = await peers([gone, peer]).pieces([0..<Self.size], of: key)
        #expect(BlockPiece.subtract(pieces, from: [0..<Self.size]).isEmpty)
        await peer.stop()
    }

    @Test("more than one answer has is asked for in parts")
    func parts() async throws {
        let size = 2 * BlockStore.mostHeld * Self.block + 5
        let key = BlockKey(key.document, size: size, archive: "test")
        let bytes = [UInt8](repeating: 7, count: size)
        let peer = try await Peer.start(WillingPeer(key: key, bytes: bytes))
        let pieces = await peers([peer]).pieces([0..<size], of: key)
        #expect(BlockPiece.subtract(pieces, from: [0..<size]).isEmpty)
        #expect(peer.questions == 3)
        await peer.stop()
    }
}
