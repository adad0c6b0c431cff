// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import NIOCore

/// Writes a head into memory that was asked for beforehand. Every write is checked against its end.
struct HeadWriter {
    private let space: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ space: UnsafeMutableRawBufferPointer) { self.space = space }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= space.count - count)
        guard let from = bytes.baseAddress, let to = space.baseAddress else { return }
        (to + count).copyMemory(from: from, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ byte: UInt8) {
        precondition(count < space.count)
        space[count] = byte
        count += 1
    }

    mutating func append(decimal value: Int) {
        precondition(value >= 0)
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var (rest, start) = (value, 20)
            repeat {
                start -= 1
                digits[start] = UInt8(0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            append(UnsafeRawBufferPointer(rebasing: digits[start...]))
        }
    }

    /// 16 digits.
    mutating func append(hexadecimal value: UInt64) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(value >> shift & 15)
            append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }

    /// Everything but `isDropped` of the bytes is appended, in as few pieces as there are gaps.
    mutating func append(
        _ bytes: UnsafeRawBufferPointer, fields: ContiguousArray<HeadField>, from start: Int, to end: Int,
        isDropped: (HeadField) -> Bool
    ) {
        var keptFrom = start
        for index in fields.indices where isDropped(fields[index]) {
            append(bytes[slice: keptFrom..<fields[index].start])
            keptFrom = index + 1 < fields.count ? fields[index + 1].start : end
        }
        append(bytes[slice: keptFrom..<end])
    }
}

extension ByteBuffer {
    /// Has a head written at the end of the buffer, which is as long as `most` at most.
    mutating func writeHead(most: Int, _ write: (inout HeadWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: most) { space in
            var writer = HeadWriter(space)
            write(&writer)
            return writer.count
        }
    }
}
