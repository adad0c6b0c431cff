// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import RenderPool
import TileCache
package import TileModel

/// What names a tile's bytes in every cache. The rendering fingerprint is the same for all tiles of a process and a format.
package struct TileKey: DocumentKeyed {
    package let document: RequestedDocument
    package let tile: Tile
    /// Worked out once: a key that is kept is looked up often.
    private let hash: Int

    init(document: RequestedDocument, tile: Tile) {
        self.document = document
        self.tile = tile
        var hasher = Hasher()
        hasher.combine(document)
        hasher.combine(tile)
        hash = hasher.finalize()
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(hash) }

    package var cachedDocument: DocumentID { document.document }

    /// The names, which no two keys need share, with what malloc adds to each.
    var heapBytes: Int { document.document.bytes.count + document.version.value.utf8.count + 2 * 48 }
}

/// An encoded tile.
package struct RenderedTile: Sendable {
    package var data: ByteBuffer
    package var size: PixelSize
    package var format: TileFormat
    /// With its quotes.
    package var entityTag: String

    /// The picture, the object that holds it and the entity tag, with what malloc adds to each.
    var heapBytes: Int { data.storageCapacity + 16 + 64 + 64 }
}

/// A tile that was answered without waiting.
struct TileAtHand {
    let rendered: RenderedTile
    let tile: Tile
    /// See `ResolvedDocument`.
    let isConfirmed: Bool
}

/// What making an answer cost, for the `Server-Timing` header.
package struct Timings: Sendable {
    /// Where the tile was found; nil where it was made.
    package enum Layer: String, Sendable {
        case memory, disk, shared
    }

    package var layer: Layer?
    package var queue: Double?
    package var archive: Double?
    package var open: Double?
    /// Why it had to be opened.
    package var opening: RecoveryReason?
    package var render: Double?
    package var encode: Double?

    package init(layer: Layer? = nil) { self.layer = layer }

    package var isHit: Bool { layer != nil }

    /// Counts what had to be done before.
    mutating func add(_ other: Timings?) {
        guard let other else { return }
        func sum(_ left: Double?, _ right: Double?) -> Double? { left.map { $0 + (right ?? 0) } ?? right }
        queue = sum(queue, other.queue)
        archive = sum(archive, other.archive)
        open = sum(open, other.open)
        opening = other.opening ?? opening
    }

    /// W3C Server Timing: milliseconds.
    package var header: String {
        var parts: [String] = []
        for (name, value) in [
            ("queue", queue), ("archive", archive), ("open", open), ("render", render), ("encode", encode),
        ] {
            guard let value else { continue }
            let reason = name == "open" ? opening.map { ";desc=\($0.rawValue)" } ?? "" : ""
            parts.append("\(name);dur=\((value * 1000).rounded() / 1000)\(reason)")
        }
        parts.append("cache;desc=\(layer?.rawValue ?? "miss")")
        return parts.joined(separator: ", ")
    }
}
