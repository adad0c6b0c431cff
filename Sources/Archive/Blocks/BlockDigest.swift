// SPDX-License-Identifier: Apache-2.0

import CKernel

/// Tells whether a block is what was written. Against torn writes and bad disks, not against malice: the folder belongs to
/// this process alone.
enum BlockDigest {
    /// Of the bytes of a block; never 0. About 3 GB/s.
    static func of(_ bytes: UnsafeRawBufferPointer, block: Int, seed: UInt64) -> UInt64 {
        var digest = recto_digest(seed, [UInt64(block)], 1)
        let whole = bytes.count / 8
        withUnalignedWords(bytes, whole) { digest = recto_digest(digest, $0, whole) }
        var last: UInt64 = UInt64(bytes.count)
        for byte in bytes[(whole * 8)...] { last = last << 8 | UInt64(byte) }
        digest = recto_digest(digest, [last], 1)
        return digest == 0 ? 1 : digest
    }

    private static func withUnalignedWords(
        _ bytes: UnsafeRawBufferPointer, _ count: Int, _ body: (UnsafePointer<UInt64>) -> Void
    ) {
        guard count > 0, let start = bytes.baseAddress else { return }
        if Int(bitPattern: start).isMultiple(of: 8) { return body(start.assumingMemoryBound(to: UInt64.self)) }
        let copy = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
        defer { copy.deallocate() }
        UnsafeMutableRawBufferPointer(copy).copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * 8)]))
        body(copy.baseAddress!)
    }
}
