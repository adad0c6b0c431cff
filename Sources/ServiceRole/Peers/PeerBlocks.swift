// SPDX-License-Identifier: Apache-2.0

package import Access
package import Archive
package import Cluster
import Synchronization
package import TileModel
import TileService

/// The other members of the cluster as a place that blocks come from, and that knows what the archive has said of documents.
///
/// Each is asked for what it has and no more: nobody reads the archive on behalf of another. One that is slow, is gone or
/// sends what is wrong is left alone for a short while.
package final class PeerBlocks: BlockSource, KnownObjects {
    package let place = "peer"

    let id: String
    private let client: ClusterClient
    private let times: PeerTimes
    private let book = Mutex(PeerBook())
    private let members = Mutex<@Sendable () -> [MemberState]>({ [] })

    /// - Parameter id: of this member.
    package init(id: String, secret: ClusterSecret, times: PeerTimes = PeerTimes()) {
        self.id = id
        self.times = times
        client = ClusterClient(secret: secret, asker: id)
    }

    /// - Parameter members: the members of the cluster, as far as they are known.
    package func find(_ members: @escaping @Sendable () -> [MemberState]) { self.members.withLock { $0 = members } }

    /// A member is said to have a document.
    /// - Parameter address: of its cluster port.
    package func named(_ address: String, for document: DocumentID) {
        book.withLock { $0.named(address, for: document) }
    }

    private func candidates(_ document: DocumentID) -> [String] {
        let others = members.withLock { $0 }().filter { $0.id != id }
        return book.withLock { $0.candidates(for: document, among: others, now: times.now()) }
    }

    // MARK: Blocks

    package func pieces(_ ranges: [Range<Int>], of key: BlockKey) async -> [BlockPiece] {
        var missing = ranges
        var pieces: [BlockPiece] = []
        for address in candidates(key.document.document) where !missing.isEmpty {
            let found = await ask(address, missing, key)
            pieces += found
            missing = BlockPiece.subtract(found, from: missing)
        }
        return pieces
    }

    private func ask(_ address: String, _ ranges: [Range<Int>], _ key: BlockKey) async -> [BlockPiece] {
        var pieces: [BlockPiece] = []
        for part in Self.parts(of: ranges) {
            let answer = await PeerLink(client: client, address: address, times: times).blocks(part, of: key)
            note(answer.failure, of: address)
            pieces += answer.pieces
            if answer.failure != nil { break }
        }
        return pieces
    }

    /// As much as one answer has.
    private static func parts(of ranges: [Range<Int>]) -> [[Range<Int>]] {
        let most = BlockStore.mostHeld * BlockPiece.unit
        guard ranges.reduce(0, { $0 + $1.count }) > most else { return [ranges] }
        return ranges.flatMap { range in
            stride(from: range.lowerBound, to: range.upperBound, by: most)
                .map { [$0..<min($0 + most, range.upperBound)] }
        }
    }

    private func note(_ failure: (any Error)?, of address: String) {
        // Who does not want it any more has not been let down.
        guard let failure, !(failure is CancellationError), !Task.isCancelled else { return }
        book.withLock { $0.failed(address, now: times.now()) }
    }

    /// One member alone.
    func only(_ address: String) -> any BlockSource { OnePeer(peers: self, address: address) }

    private struct OnePeer: BlockSource {
        struct Failed: Error {}

        let peers: PeerBlocks
        let address: String
        var place: String { peers.place }

        func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
            let link = PeerLink(client: peers.client, address: address, times: peers.times)
            let answer = await link.blocks(ranges, of: key)
            peers.note(answer.failure, of: address)
            if answer.failure != nil, answer.pieces.isEmpty { throw Failed() }
            return answer.pieces
        }
    }

    // MARK: Objects

    package func object(of document: DocumentID, isUrgent: Bool) async -> (object: ArchiveObject, age: Duration)? {
        let timeout = isUrgent ? times.firstByte : times.unhurried
        for address in candidates(document) {
            do {
                let known = try await client.object(document.pathSegment, at: address, timeout: timeout)
                if let known = known.flatMap({ $0.object(of: document) }) { return known }
            } catch {
                note(error, of: address)
            }
        }
        return nil
    }
}
