// SPDX-License-Identifier: Apache-2.0

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
