// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc

/// The file behind a `BlockedSource`, and its map.
package final class BlockedFile {
    private let descriptor: CInt
    private let dataOffset: Int
    private let blocks: Int
    private let map: UnsafePointer<UInt64>

    private static func mapSize(_ blocks: Int) -> Int { 8 + (blocks + 63) / 64 * 8 }

    /// - Parameters:
    ///   - descriptor: of the file; closed when this goes, or where there is no such map.
    ///   - mapDescriptor: of the map; closed at once.
    ///   - dataOffset: where in the file the document begins.
    package init?(descriptor: CInt, mapDescriptor: CInt, dataOffset: Int, blocks: Int) {
        let mapped = recto_map_sealed(mapDescriptor, Self.mapSize(blocks))
        close(mapDescriptor)
        guard let mapped else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.dataOffset = dataOffset
        self.blocks = blocks
        map = mapped.assumingMemoryBound(to: UInt64.self)
    }

    deinit {
        recto_unmap(map, Self.mapSize(blocks))
        close(descriptor)
    }

    /// Another value than before says that blocks were taken away meanwhile.
    var counter: UInt64 { recto_load_word(map) }

    func holds(_ block: Int) -> Bool { recto_load_word(map + 1 + block / 64) >> UInt64(block % 64) & 1 != 0 }

    /// Whether the file had as many bytes there; that they are the document's is for the caller to know.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let place = off_t(dataOffset + offset + done)
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, place)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
