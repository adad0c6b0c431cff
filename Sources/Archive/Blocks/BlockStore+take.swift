// SPDX-License-Identifier: Apache-2.0

package import TileModel

extension BlockStore {
    /// Keeps blocks that another member has sent as frames, unless they are here or nothing is kept.
    /// - Throws: `BlockFrameError`, `ArchiveError`.
    package func take(_ frames: some Collection<UInt8>, of document: PinnedDocument, size: Int) async throws {
        guard configuration.budget > 0 else { return }
        let key = BlockKey(document, size: size, archive: archive.name)
        var reader = BlockFrameReader(key, [0..<size])
        let pieces = try reader.read(frames)
        try reader.finish()
        let missing = Set(try await onDisk { try $0.shelf.file(for: key).absent(of: [0..<key.grid.count]) })
        let new = pieces.filter { missing.contains($0.offset / BlockGrid.blockSize) }
        chain.came(new)
        try await keep(new, of: key)
    }

    /// Takes over all that a place has of a document and that is not here, as long as there is room: the place is about to go.
    package func takeOver(_ document: PinnedDocument, size: Int, from source: any BlockSource) async {
        let key = BlockKey(document, size: size, archive: archive.name)
        guard size > 0, size <= configuration.budget / Self.shareTaken else { return }
        for start in stride(from: 0, to: key.grid.count, by: Self.mostHeld) {
            let window = start..<min(key.grid.count, start + Self.mostHeld)
            guard !Task.isCancelled, await takeOver(window, of: key, from: source) else { return }
        }
    }

    /// Of the budget, for one document.
    private static let shareTaken = 4

    /// Whether it makes sense to go on.
    private func takeOver(_ window: Range<Int>, of key: BlockKey, from source: any BlockSource) async -> Bool {
        do {
            let absent = try await onDisk { try $0.shelf.file(for: key).absent(of: [window]) }
            let ranges = FetchPlan(grid: key.grid, wholeSize: 0).ranges(for: absent, ahead: 0) { _ in false }
            guard !ranges.isEmpty else { return true }
            let pieces = try await source.pieces(ranges.map(key.grid.bytes), of: key)
            chain.came(pieces, from: source.place)
            try await keep(pieces, of: key)
            return true
        } catch {
            return false
        }
    }
}
