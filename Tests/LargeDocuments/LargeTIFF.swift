// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A TIFF of many grey pages in strips of 64 rows, each page's directory behind its pixels, as scanners write it. Most pixels
/// are holes of the file.
package struct LargeTIFF {
    package let size: Int

    private static let side = 1024
    private static let rows = 64

    /// - Parameter pages: of 1 MiB each.
    package init(_ path: String, pages: Int) {
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        func write(_ bytes: [UInt8], at offset: Int) { pwrite(file, bytes, bytes.count, off_t(offset)) }
        func number(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        let strips = Self.side / Self.rows
        let stripBytes = Self.rows * Self.side
        var offset = 8
        var pointer = 4
        write([0x49, 0x49, 42, 0, 0, 0, 0, 0], at: 0)
        for page in 0..<pages {
            let pixels = offset
            write([UInt8](repeating: 200, count: 20 * (page + 1)), at: pixels + 500 * Self.side)
            let offsets = pixels + strips * stripBytes
            write((0..<strips).flatMap { number(pixels + $0 * stripBytes, 4) }, at: offsets)
            write((0..<strips).flatMap { _ in number(stripBytes, 4) }, at: offsets + strips * 4)
            let directory = offsets + strips * 8
            write(number(directory, 4), at: pointer)
            let entries: [(tag: Int, type: Int, count: Int, value: Int)] = [
                (256, 4, 1, Self.side), (257, 4, 1, Self.side), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                (273, 4, strips, offsets), (277, 3, 1, 1), (278, 4, 1, Self.rows),
                (279, 4, strips, offsets + strips * 4),
            ]
            var bytes = number(entries.count, 2)
            for entry in entries {
                bytes += number(entry.tag, 2) + number(entry.type, 2) + number(entry.count, 4) + number(entry.value, 4)
            }
            write(bytes + [0, 0, 0, 0], at: directory)
            pointer = directory + bytes.count
            offset = pointer + 4
        }
        size = offset
    }
}
