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
