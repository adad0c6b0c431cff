// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// Which blocks of a document can be read from its file, in memory that is shared with workers, who can only read it.
///
/// A counter of 64 bits, then a bit a block. The counter goes up before bits are cleared, and the bytes are taken away
/// after that: who finds the same counter before and after reading has read what was there.
final class PresenceMap: Sendable {
    /// For handing over; stays the map's.
    let descriptor: CInt
    private let size: Int
    /// Written under the lock of the file whose map it is, with atomic stores that the worker's process reads: the compiler
    /// cannot know that of a pointer into shared memory.
    nonisolated(unsafe) private let words: UnsafeMutablePointer<UInt64>

    /// - Throws: `BlockFileError.system`.
    init(blocks: Int) throws(BlockFileError) {
        size = 8 + (blocks + 63) / 64 * 8
        var mapped: UnsafeMutableRawPointer?
        let result = recto_sealed_memory(size, &mapped)
        guard result >= 0, let mapped else { throw .system(-result) }
        descriptor = result
        words = mapped.assumingMemoryBound(to: UInt64.self)
    }

    deinit {
        recto_unmap(words, size)
        close(descriptor)
    }

    /// The bytes of these blocks are in the file.
    func set(_ blocks: Range<Int>) {
        for block in blocks { change(block) { $0 | 1 << UInt64(block % 64) } }
    }

    /// The bytes of these blocks are about to go.
    func clear(_ blocks: [Int]) {
        guard !blocks.isEmpty else { return }
        recto_store_word(words, recto_load_word(words) &+ 1)
        for block in blocks { change(block) { $0 & ~(1 << UInt64(block % 64)) } }
    }

    private func change(_ block: Int, _ body: (UInt64) -> UInt64) {
        let word = words + 1 + block / 64
        recto_store_word(word, body(recto_load_word(word)))
    }
}
