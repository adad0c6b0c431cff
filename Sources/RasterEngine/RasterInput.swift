// SPDX-License-Identifier: Apache-2.0

import CVips
import Document

/// Lets C read a document. Lives as long as what reads from it.
final class RasterInput {
    private let source: any DocumentSource
    private let isCancelled: () -> Bool

    init(_ source: any DocumentSource, isCancelled: @escaping () -> Bool) {
        self.source = source
        self.isCancelled = isCancelled
    }

    /// - Parameter patches: bytes that the reader is to see instead of the document's.
    func description(patches: [(offset: Int, bytes: [UInt8])] = []) -> recto_raster_input {
        var input = recto_raster_input()
        input.context = Unmanaged.passUnretained(self).toOpaque()
        input.size = Int64(source.size)
        input.read = { context, offset, bytes, count in
            guard let context, let bytes else { return -1 }
            let input = Unmanaged<RasterInput>.fromOpaque(context).takeUnretainedValue()
            return input.source.read(
                at: Int(offset), into: UnsafeMutableRawBufferPointer(start: bytes, count: count)) ? 0 : -1
        }
        input.cancelled = { context in
            guard let context else { return 1 }
            return Unmanaged<RasterInput>.fromOpaque(context).takeUnretainedValue().isCancelled() ? 1 : 0
        }
        withUnsafeMutableBytes(of: &input.patches) { raw in
            let slots = raw.bindMemory(to: recto_patch.self)
            for (slot, patch) in zip(slots.indices, patches) {
                slots[slot].offset = Int64(patch.offset)
                slots[slot].count = CInt(patch.bytes.count)
                withUnsafeMutableBytes(of: &slots[slot].bytes) { $0.copyBytes(from: patch.bytes) }
            }
        }
        input.patch_count = CInt(patches.count)
        return input
    }
}
