// SPDX-License-Identifier: Apache-2.0

import HTTPService
import NIOCore
import Synchronization
import TileModel

/// What the target of a tile request means, worked out once for those that come again, and the head of its last answer.
///
/// The meaning follows from the target alone. What else is kept says what it was made of, and counts only while that holds:
/// versions, rights and what is in the cache are looked up for every request.
final class TileTarget: Sendable {
    /// The cache key, and what it follows from.
    struct Key {
        let pinned: PinnedDocument
        /// Of `PageDirectory`.
        let generation: Int
        let key: TileKey
    }

    /// Status line and fields of an answer, and what they follow from.
    struct Head {
        let entityTag: String
        let origin: RequestOrigin
        let isPublic: Bool
        let bytes: ByteBuffer
    }

    let reference: DocumentReference
    let page: Int
    let request: ImageRequest
    /// Document and page as they were spelled.
    let spelling: String
    private let lastKey = Mutex<Key?>(nil)
    private let lastHead = Mutex<Head?>(nil)

    /// - Parameter segments: of `/iiif/{document}/{page}/{region}/{size}/{rotation}/{quality}.{format}`.
    /// - Throws: `DocumentID.Invalid`, `ImageRequestError`.
    init(segments: [Substring]) throws {
        reference = try DocumentReference(pathSegment: segments[1].utf8)
        request = try ImageRequest(region: segments[3], size: segments[4], rotation: segments[5], file: segments[6])
        page = DocumentRoutes.page(segments[2])
        spelling = "\(segments[1])/\(segments[2])"
    }

    func key(for pinned: PinnedDocument, _ generation: Int) -> TileKey? {
        lastKey.withLock { last in
            guard let last, last.generation == generation, last.pinned == pinned else { return nil }
            return last.key
        }
    }

    func remember(_ key: Key) { lastKey.withLock { $0 = key } }

    func head(_ entityTag: String, _ origin: RequestOrigin, isPublic: Bool) -> ByteBuffer? {
        lastHead.withLock { last in
            guard let last, last.isPublic == isPublic, last.entityTag == entityTag, last.origin == origin else {
                return nil
            }
            return last.bytes
        }
    }

    func remember(_ head: Head) { lastHead.withLock { $0 = head } }
}
