// SPDX-License-Identifier: Apache-2.0

import NIOCore
import TileModel
import TileTiers
import WorkerProtocol

/// What of tiles and pages lies beyond this process. Nothing that a password opened ever does: neither asked for nor kept.
extension DocumentService {
    // MARK: Tiles

    func fromTiers(_ key: TileKey) async -> (RenderedTile, Timings.Layer)? {
        guard !tiers.isEmpty, key.document.password == nil,
            let fingerprint = pages[key.document, key.tile.page]?.fingerprint,
            let found = await tiers.value(for: Self.tierKey(key, fingerprint)),
            let layer = Timings.Layer(rawValue: found.tier),
            let tile = RenderedTile(tierBytes: found.value, fingerprint.entityTag(key.document.pinned, key.tile))
        else { return nil }
        return (tile, layer)
    }

    /// Returns at once.
    func keepInTiers(_ rendered: RenderedTile, _ key: TileKey, _ fingerprint: RenderingFingerprint, _ timings: Timings)
    {
        guard !tiers.isEmpty, key.document.password == nil else { return }
        // What it would cost again where the document is open: drawing and encoding.
        let cost = Duration.milliseconds((timings.render ?? 0) + (timings.encode ?? 0))
        tiers.keep(rendered.tierBytes, cost: cost, for: Self.tierKey(key, fingerprint))
    }

    private static func tierKey(_ key: TileKey, _ fingerprint: RenderingFingerprint) -> TierKey {
        TierKey(
            document: key.document.pinned,
            content: "tile\n\(key.tile.page)\n\(key.tile.canonicalRequest)\n\(fingerprint.digest)")
    }

    // MARK: Pages

    /// Without a page's size its tiles cannot be looked up: where tiles outlive the process, so does that. It counts only if
    /// workers of this process would say the same.
    func knownToTiers(_ page: Int, of document: RequestedDocument) async -> KnownPage? {
        guard !tiers.isEmpty, document.password == nil,
            let found = await tiers.value(for: pageKey(page, document)),
            let known = KnownPage(tierBytes: found.value), known.summary.page == page, isCurrent(known.fingerprint)
        else { return nil }
        pages.remember([known.summary], of: document, fingerprint: known.fingerprint)
        return known
    }

    func tellTiers(_ known: KnownPage, of document: RequestedDocument) {
        guard !tiers.isEmpty, document.password == nil else { return }
        tiers.keep(known.tierBytes, cost: Self.costOfPage, for: pageKey(known.summary.page, document))
    }

    private func pageKey(_ page: Int, _ document: RequestedDocument) -> TierKey {
        TierKey(document: document.pinned, content: "page\n\(page)\n\(rendering)")
    }

    /// The document would have to be opened for it.
    private static let costOfPage: Duration = .milliseconds(50)
}

extension RenderedTile {
    /// Format, size and picture.
    fileprivate var tierBytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(format.rawValue)
        writer.write(size.width)
        writer.write(size.height)
        return writer.bytes + data.readableBytesView
    }

    fileprivate init?(tierBytes: [UInt8], _ entityTag: String) {
        var reader = ByteReader(tierBytes[...])
        guard let name = try? reader.string(), let format = TileFormat(rawValue: name), let width = try? reader.int(),
            let height = try? reader.int()
        else { return nil }
        self.init(
            data: ByteBuffer(bytes: tierBytes.suffix(reader.remaining)), size: PixelSize(width: width, height: height),
            format: format, entityTag: entityTag)
    }
}

extension KnownPage {
    fileprivate var tierBytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(summary)
        writer.write(fingerprint.digest)
        return writer.bytes
    }

    fileprivate init?(tierBytes: [UInt8]) {
        var reader = ByteReader(tierBytes[...])
        guard let summary = try? reader.page(), let digest = try? reader.string() else { return nil }
        self.init(summary: summary, fingerprint: RenderingFingerprint(digest: digest))
    }
}
