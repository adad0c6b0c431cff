// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// Blocks that are here or are being read of the archive just now, for another member to take.
package struct HeldBlocks: Sendable {
    let store: BlockStore
    let key: BlockKey
    let here: [Int]
    let coming: [(landing: Landing, blocks: Range<Int>)]

    /// Blocks read at a time: bounds the memory that one answer takes.
    private static let atOnce = 4

    /// Gives all of them as frames: those that are here first, the others as they come; something at once in any case. One that
    /// has made way meanwhile is left out. Ends with its caller's task.
    /// - Throws: what `write` throws, `CancellationError`.
    package func send(_ write: ([UInt8]) async throws -> Void) async throws {
        if here.isEmpty { try await write(BlockFrame.promise) }
        try await send(here, write)
        for (landing, blocks) in coming {
            await landing.wait()
            try Task.checkCancellation()
            try await send(Array(blocks), write)
        }
    }

    private func send(_ blocks: [Int], _ write: ([UInt8]) async throws -> Void) async throws {
        for start in stride(from: 0, to: blocks.count, by: Self.atOnce) {
            let frames = try await store.frames(Array(blocks[start...].prefix(Self.atOnce)), of: key)
            if !frames.isEmpty { try await write(frames) }
        }
    }
}

extension BlockStore {
    /// The most blocks that one answer has: 8 MiB, a small document whole.
    package static let mostHeld = FetchPlan.defaultWholeSize / BlockGrid.blockSize

    /// What is here of a range, or nil where there is nothing. Nothing is fetched because of it.
    /// - Parameters:
    ///   - size: bytes of this version.
    ///   - fileName: as the other member calls the document; an archive of another name has other documents.
    ///   - ranges: of bytes; what is beyond `mostHeld` blocks in all is left out.
    ///   - waitsForAsking: whether those blocks count too that other places are still being asked for.
    package func held(
        _ document: PinnedDocument, size: Int, fileName: String, _ ranges: [Range<Int>], waitsForAsking: Bool
    ) async -> HeldBlocks? {
        let key = BlockKey(document, size: size, archive: archive.name)
        guard size > 0, key.fileName == fileName else { return nil }
        let blocks = Self.first(Self.mostHeld, of: ranges.map(key.grid.blocks))
        // First what is coming: what lands in between is here then.
        let coming = blocks.flatMap { landings($0, of: key, alsoAsking: waitsForAsking) }
        let here = (try? await onDisk { $0.here(blocks, of: key) }) ?? []
        let left = coming.filter { !$0.blocks.allSatisfy(here.contains) }
        guard !here.isEmpty || !left.isEmpty else { return nil }
        return HeldBlocks(store: self, key: key, here: here, coming: left)
    }

    private static func first(_ count: Int, of ranges: [Range<Int>]) -> [Range<Int>] {
        var left = count
        return ranges.compactMap { range in
            let part = range.prefix(left)
            left -= part.count
            return part.isEmpty ? nil : part
        }
    }

    private func here(_ ranges: [Range<Int>], of key: BlockKey) -> [Int] {
        guard let file = shelf.found(key) else { return [] }
        let absent = Set(file.absent(of: ranges))
        return ranges.joined().filter { !absent.contains($0) }
    }

    /// Those of these blocks that are here.
    fileprivate func frames(_ blocks: [Int], of key: BlockKey) async throws -> [UInt8] {
        try await onDisk { store in
            guard let file = store.shelf.found(key) else { return [] }
            return blocks.reduce(into: []) { frames, block in
                guard let (bytes, digest) = file.stored(block) else { return }
                frames += BlockFrame.encode(block, bytes, digest: digest)
            }
        }
    }

    /// All frames of a document that is here whole, nil where it is not.
    /// - Parameter limit: a document of more bytes than this is left out.
    package func whole(_ document: PinnedDocument, size: Int, limit: Int) async -> [UInt8]? {
        guard size > 0, size <= limit else { return nil }
        let key = BlockKey(document, size: size, archive: archive.name)
        let all = 0..<key.grid.count
        let here = (try? await onDisk { $0.here([all], of: key) }) ?? []
        guard here.count == all.count, let frames = try? await frames(here, of: key) else { return nil }
        return frames.count == size + all.count * BlockFrame.headSize ? frames : nil
    }

    /// Whether the document is one of those of which blocks are kept.
    package func knows(_ document: PinnedDocument, size: Int) async -> Bool {
        let key = BlockKey(document, size: size, archive: archive.name)
        return (try? await onDisk { $0.shelf.found(key) != nil }) ?? false
    }

    // MARK: Taking

    /// Keeps blocks that another member has sent as frames, unless they are here.
    /// - Throws: `BlockFrameError`, `ArchiveError`.
    package func take(_ frames: some Collection<UInt8>, of document: PinnedDocument, size: Int) async throws {
        let key = BlockKey(document, size: size, archive: archive.name)
        var reader = BlockFrameReader(key, [0..<size])
        let pieces = try reader.read(frames)
        try reader.finish()
        let missing = Set(try await onDisk { try $0.shelf.file(for: key).absent(of: [0..<key.grid.count]) })
        let new = pieces.filter { missing.contains($0.offset / BlockGrid.blockSize) }
        chain.came(by: Self.messagePlace, new)
        try await keep(new, of: key)
    }

    /// How blocks are counted that came unasked.
    static let messagePlace = "message"

    /// Takes over all that a place has of a document and that is not here, as long as there is room: the place is about to go.
    package func takeOver(_ document: PinnedDocument, size: Int, from source: any BlockSource) async {
        let key = BlockKey(document, size: size, archive: archive.name)
        guard size <= configuration.budget / Self.shareTaken else { return }
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
            chain.came(by: source.place, pieces)
            try await keep(pieces, of: key)
            return true
        } catch {
            return false
        }
    }
}
