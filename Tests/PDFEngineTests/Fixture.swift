// SPDX-License-Identifier: Apache-2.0

import Document
import Glibc
import Testing

/// The documents in `Tests/Fixtures`.
enum Fixture {
    static func path(_ name: String, file: String = #filePath) -> String {
        let folder = file.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(folder)/Fixtures/\(name)"
    }

    static func source(_ name: String) throws -> FileSource {
        let descriptor = open(path(name), O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "there is no fixture \(name)")
        var status = stat()
        fstat(descriptor, &status)
        return FileSource(
            descriptor: descriptor, size: Int(status.st_size), modifiedSeconds: status.st_mtim.tv_sec,
            modifiedNanoseconds: status.st_mtim.tv_nsec, changedSeconds: status.st_ctim.tv_sec,
            changedNanoseconds: status.st_ctim.tv_nsec)
    }

    /// The colour of a square in `squares.pdf`, as 0xRRGGBB.
    static func squareColour(column: Int, row: Int) -> UInt32 {
        let blue = (column + row).isMultiple(of: 2) ? 64 : 255
        return UInt32(28 * column) << 16 | UInt32(28 * row) << 8 | UInt32(blue)
    }
}

/// A document in memory.
final class BytesSource: DocumentSource {
    private let bytes: [UInt8]
    private(set) var reads = ReadCount()
    let isUnchanged = true
    var size: Int { bytes.count }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, offset <= size - buffer.count else { return false }
        reads.calls += 1
        reads.bytes += buffer.count
        buffer.copyBytes(from: bytes[offset..<offset + buffer.count])
        return true
    }
}
