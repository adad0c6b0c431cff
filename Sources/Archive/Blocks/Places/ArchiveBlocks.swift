// SPDX-License-Identifier: Apache-2.0

/// The archive itself, which has everything: the last place that is asked.
struct ArchiveBlocks: BlockSource {
    let archive: any DocumentArchive
    let patience: ReadPatience
    let sleep: @Sendable (Duration) async throws -> Void

    let place = "archive"

    /// One read for each range, side by side.
    /// - Throws: `ArchiveError`, where a single byte is not to be had.
    func pieces(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        if ranges.count == 1 { return [try await read(ranges[0], of: key)] }
        return try await withThrowingTaskGroup(of: BlockPiece.self) { group in
            for range in ranges { group.addTask { try await read(range, of: key) } }
            var pieces: [BlockPiece] = []
            for try await piece in group { pieces.append(piece) }
            return pieces
        }
    }

    private func read(_ range: Range<Int>, of key: BlockKey) async throws -> BlockPiece {
        let bytes = try await patience.read(range.count, sleep: sleep) { [archive] in
            try await archive.read(range, of: key.document)
        }
        guard bytes.count == range.count else {
            throw ArchiveError.failed("the archive has sent \(bytes.count) bytes of \(range.count)")
        }
        return BlockPiece(offset: range.lowerBound, bytes: bytes)
    }
}
