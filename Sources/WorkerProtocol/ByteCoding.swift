// SPDX-License-Identifier: Apache-2.0

/// Appends values to a frame: integers little-endian, everything of variable length behind its length.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func write(_ value: UInt8) { bytes.append(value) }
    package mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    package mutating func write(_ value: UInt32) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Int) {
        withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: Double) {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func write(_ value: String) { write(Array(value.utf8)) }

    package mutating func write(_ value: [UInt8]) {
        write(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    package mutating func write<Value>(_ value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        write(value != nil)
        if let value { body(&self, value) }
    }

    package mutating func write<Value>(_ values: [Value], _ body: (inout ByteWriter, Value) -> Void) {
        write(UInt32(values.count))
        for value in values { body(&self, value) }
    }
}

/// A frame that ends early or holds a value out of its range. The other side may have been taken over by a hostile
/// document, so every read is checked.
package struct MalformedFrame: Error {
    package init() {}
}

/// Reads what `ByteWriter` wrote.
package struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package var remaining: Int { bytes.endIndex - position }

    /// What has not been read yet.
    package var rest: ArraySlice<UInt8> { bytes[position...] }

    package mutating func take(_ count: Int) throws(MalformedFrame) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw MalformedFrame() }
        defer { position += count }
        return bytes[position..<position + count]
    }

    package mutating func byte() throws(MalformedFrame) -> UInt8 {
        guard remaining > 0 else { throw MalformedFrame() }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func bool() throws(MalformedFrame) -> Bool { try byte() != 0 }

    package mutating func uint32() throws(MalformedFrame) -> UInt32 {
        try take(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    package mutating func int() throws(MalformedFrame) -> Int {
        Int(truncatingIfNeeded: try take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    package mutating func double() throws(MalformedFrame) -> Double {
        Double(bitPattern: try take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    /// A duration or other measure from a worker that may have been taken over: within 0 … 10⁹, whatever was written.
    package mutating func measure() throws(MalformedFrame) -> Double {
        let value = try double()
        return value.isFinite ? min(max(0, value), 1e9) : 0
    }

    /// A number of things or bytes, within 0 … 2⁵⁰.
    package mutating func count() throws(MalformedFrame) -> Int { min(max(0, try int()), 1 << 50) }

    package mutating func array() throws(MalformedFrame) -> [UInt8] { Array(try take(Int(try uint32()))) }

    package mutating func string() throws(MalformedFrame) -> String {
        String(decoding: try take(Int(try uint32())), as: UTF8.self)
    }

    package mutating func optional<Value>(
        _ body: (inout ByteReader) throws(MalformedFrame) -> Value
    ) throws(MalformedFrame) -> Value? {
        try bool() ? try body(&self) : nil
    }

    package mutating func list<Value>(
        _ body: (inout ByteReader) throws(MalformedFrame) -> Value
    ) throws(MalformedFrame) -> [Value] {
        let count = Int(try uint32())
        // Each element takes a byte at least: a count beyond that would only serve to exhaust memory.
        guard count <= remaining else { throw MalformedFrame() }
        var values: [Value] = []
        values.reserveCapacity(min(count, 1024))
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }
}
