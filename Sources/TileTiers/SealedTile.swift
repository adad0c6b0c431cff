// SPDX-License-Identifier: Apache-2.0

import CKernel
import TileModel

/// A tile as it lies outside of this process: with its whole key, what it cost, and digests of both parts, so that one that
/// was damaged, cut off or put under another name is told. Against bad disks, not against malice.
///
/// Integers are little-endian:
///
///      0  8  "RectoT1\n"
///      8  8  digest of bytes 16 up to the value
///     16  8  digest of the value
///     24  4  cost in microseconds
///     28  4  length of the value
///     32  2  length of the document's name
///     34  2  length of the rest of the key
///     36  4  zero
///     40     name, rest of the key, zeros up to a multiple of 8; value, zeros up to a multiple of 8
struct SealedTile {
    /// What stands before the value: enough to know what a file is without reading all of it.
    struct Label: Equatable {
        let document: DocumentID
        let key: String
        let cost: Duration
        let valueLength: Int
        fileprivate let valueDigest: UInt64
        /// Where the value begins.
        let length: Int
    }

    let label: Label
    let value: [UInt8]

    private static let magic = UInt64(littleEndian: 0x0A31_546F_7463_6552)
    private static let head = 40
    /// Of a label: the longest name, and more than any key of ours.
    static let longestLabel = head + DocumentID.longest + 1024

    // MARK: Writing

    /// Nil where name or key are too long.
    static func seal(_ value: [UInt8], cost: Duration, for key: TierKey) -> [UInt8]? {
        let (name, rest) = (key.document.document.bytes, Array(key.text.utf8))
        let start = padded(head + name.count + rest.count)
        guard start <= longestLabel, value.count <= Int(UInt32.max) else { return nil }
        var bytes = [UInt8](repeating: 0, count: start + padded(value.count))
        bytes.replaceSubrange(head..<head + name.count, with: name)
        bytes.replaceSubrange(head + name.count..<head + name.count + rest.count, with: rest)
        bytes.replaceSubrange(start..<start + value.count, with: value)
        bytes.withUnsafeMutableBytes { bytes in
            bytes.storeLittle(UInt32(clamping: Int(cost / .microseconds(1))), at: 24)
            bytes.storeLittle(UInt32(value.count), at: 28)
            bytes.storeLittle(UInt16(name.count), at: 32)
            bytes.storeLittle(UInt16(rest.count), at: 34)
            bytes.storeLittle(digest(UnsafeRawBufferPointer(bytes), start..<bytes.count), at: 16)
            bytes.storeLittle(digest(UnsafeRawBufferPointer(bytes), 16..<start), at: 8)
            bytes.storeLittle(magic, at: 0)
        }
        return bytes
    }

    // MARK: Reading

    /// Nil where it is not whole, or not the tile of that key.
    init?(_ bytes: [UInt8], for key: TierKey) {
        guard let label = Self.label(bytes), label.document == key.document.document, label.key == key.text,
            bytes.count == label.length + Self.padded(label.valueLength)
        else { return nil }
        let digest = bytes.withUnsafeBytes { Self.digest($0, label.length..<bytes.count) }
        guard digest == label.valueDigest else { return nil }
        self.label = label
        value = Array(bytes[label.length..<label.length + label.valueLength])
    }

    /// The label at the beginning of these bytes; nil where it is damaged or not whole.
    static func label(_ bytes: [UInt8]) -> Label? {
        guard bytes.count >= head else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let name = Int(bytes.loadLittle(UInt16.self, at: 32))
            let rest = Int(bytes.loadLittle(UInt16.self, at: 34))
            let start = padded(head + name + rest)
            guard bytes.loadLittle(UInt64.self, at: 0) == magic, bytes.count >= start,
                bytes.loadLittle(UInt64.self, at: 8) == digest(bytes, 16..<start),
                let document = try? DocumentID(bytes: bytes[head..<head + name])
            else { return nil }
            return Label(
                document: document,
                key: String(decoding: bytes[head + name..<head + name + rest], as: UTF8.self),
                cost: .microseconds(Int(bytes.loadLittle(UInt32.self, at: 24))),
                valueLength: Int(bytes.loadLittle(UInt32.self, at: 28)),
                valueDigest: bytes.loadLittle(UInt64.self, at: 16), length: start)
        }
    }

    private static func padded(_ count: Int) -> Int { (count + 7) & ~7 }

    /// - Parameter range: begins and ends at multiples of 8; the elements of an array begin at one as well.
    private static func digest(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UInt64 {
        guard !range.isEmpty else { return 1 }
        let words = UnsafeRawBufferPointer(rebasing: bytes[range]).assumingMemoryBound(to: UInt64.self)
        return recto_digest(UInt64(range.count), words.baseAddress!, words.count)
    }
}

extension UnsafeMutableRawBufferPointer {
    fileprivate func storeLittle(_ value: some FixedWidthInteger, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: type(of: value).self)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func loadLittle<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int)
        -> Value
    {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }
}
