// SPDX-License-Identifier: Apache-2.0

package import TileModel

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
        let here = await here(orAtHand: blocks, of: key)
        let left = coming.filter { !$0.blocks.allSatisfy(here.contains) }
        guard !here.isEmpty || !left.isEmpty else { return nil }
        return HeldBlocks(store: self, key: key, here: here, coming: left)
    }

    /// What an origin without ranges had to send whole lies beside the blocks.
    private func here(orAtHand blocks: [Range<Int>], of key: BlockKey) async -> [Int] {
        let here = (try? await onDisk { $0.here(blocks, of: key) }) ?? []
        guard here.count < blocks.reduce(0, { $0 + $1.count }), archive.isAtHand(key.document) else { return here }
        for range in blocks {
            let bytes = key.grid.bytes(of: range)
            guard let read = try? await archive.read(bytes, of: key.document), read.count == bytes.count else { break }
            try? await keep([BlockPiece(offset: bytes.lowerBound, bytes: read)], of: key)
        }
        return (try? await onDisk { $0.here(blocks, of: key) }) ?? []
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
    func frames(_ blocks: [Int], of key: BlockKey) async throws -> [UInt8] {
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
}
