// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// How much is read from a client at a time: 2 KiB for a head, more while a body comes. A connection keeps the memory of a
/// small read for the next one; that of a large read it gives back, so that an idle connection is small.
struct RequestReadSizes: RecvByteBufferAllocator {
    private static let kept = 2048
    private var sizes = AdaptiveRecvByteBufferAllocator(minimum: kept, initial: kept, maximum: 64 << 10)

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer { sizes.buffer(allocator: allocator) }

    func nextBufferSize() -> Int? {
        guard let size = sizes.nextBufferSize(), size <= Self.kept else { return nil }
        return size
    }

    mutating func record(actualReadBytes: Int) -> Bool { sizes.record(actualReadBytes: actualReadBytes) }
}
