// SPDX-License-Identifier: Apache-2.0

/// Bits from the lowest up, as RFC 1951, 3.1.1 packs them.
struct BitWriter {
    private(set) var position: UnsafeMutablePointer<UInt8>
    private var pending: UInt64 = 0
    private var pendingBits: UInt64 = 0

    init(at position: UnsafeMutablePointer<UInt8>) { self.position = position }

    /// At most 57 bits between two calls of `flush`.
    @inline(__always)
    mutating func put(_ value: UInt32, _ bits: Int) {
        pending |= UInt64(value) &<< pendingBits
        pendingBits &+= UInt64(truncatingIfNeeded: bits)
    }

    @inline(__always)
    mutating func put(_ entry: DeflateCode.Entry) { put(UInt32(entry.code), Int(entry.bits)) }

    /// Writes the whole bytes; eight bytes of room are needed.
    @inline(__always)
    mutating func flush() {
        UnsafeMutableRawPointer(position).storeBytes(of: pending.littleEndian, as: UInt64.self)
        let bytes = pendingBits &>> 3
        position += Int(truncatingIfNeeded: bytes)
        pending &>>= bytes &* 8
        pendingBits &= 7
    }

    /// Fills the last byte with zeros.
    mutating func finish() {
        flush()
        guard pendingBits > 0 else { return }
        append(UInt8(truncatingIfNeeded: pending))
        (pending, pendingBits) = (0, 0)
    }

    /// A byte of its own, after `finish`.
    mutating func append(_ byte: UInt8) {
        position.pointee = byte
        position += 1
    }
}

/// The symbols of lengths and distances (RFC 1951, 3.2.5).
final class DeflateSymbols {
    private(set) var lengthStart: [Int] = []
    private(set) var lengthBits: [Int] = []
    private(set) var distanceStart: [Int] = []
    private(set) var distanceBits: [Int] = []
    /// Per length from 0 to 258.
    let length = UnsafeMutablePointer<UInt8>.allocate(capacity: 259)
    /// Per distance - 1 up to 255, then per (distance - 1) / 128 + 256.
    private let distances = UnsafeMutablePointer<UInt8>.allocate(capacity: 512)

    init() {
        length.initialize(repeating: 0, count: 259)
        distances.initialize(repeating: 0, count: 512)
        var start = 3
        for symbol in 0..<28 {
            let bits = symbol < 8 ? 0 : symbol / 4 - 1
            for value in start..<min(258, start + 1 << bits) { length[value] = UInt8(symbol) }
            lengthStart.append(start)
            lengthBits.append(bits)
            start += 1 << bits
        }
        // The longest has a symbol without further bits.
        length[258] = 28
        lengthStart.append(258)
        lengthBits.append(0)

        start = 1
        for symbol in 0..<30 {
            let bits = symbol < 4 ? 0 : symbol / 2 - 1
            for value in start..<start + 1 << bits {
                distances[value <= 256 ? value - 1 : 256 + (value - 1) >> 7] = UInt8(symbol)
            }
            distanceStart.append(start)
            distanceBits.append(bits)
            start += 1 << bits
        }
    }

    deinit {
        length.deallocate()
        distances.deallocate()
    }

    @inline(__always)
    func distance(_ distance: Int) -> Int {
        Int(distances[distance <= 256 ? distance &- 1 : 256 &+ (distance &- 1) &>> 7])
    }
}

/// A prefix code made for how often each symbol is used.
final class DeflateCode {
    struct Entry {
        /// With the first bit lowest, as it is written.
        var code: UInt16 = 0
        /// 0 for a symbol that is not used.
        var bits: UInt8 = 0
    }

    private let symbols: Int
    private let limit: Int
    let uses: UnsafeMutablePointer<UInt32>
    let entries: UnsafeMutablePointer<Entry>

    /// - Parameter limit: the most bits that a symbol may take; 2 to the limit is at least the number of symbols.
    init(symbols: Int, limit: Int) {
        (self.symbols, self.limit) = (symbols, limit)
        uses = .allocate(capacity: symbols)
        uses.initialize(repeating: 0, count: symbols)
        entries = .allocate(capacity: symbols)
        entries.initialize(repeating: Entry(), count: symbols)
    }

    deinit {
        uses.deallocate()
        entries.deallocate()
    }

    func clear() { uses.update(repeating: 0, count: symbols) }

    /// Works out the code from the uses.
    func build() {
        entries.update(repeating: Entry(), count: symbols)
        // Ordered by use, then by symbol: the same everywhere.
        var used = (0..<symbols).filter { uses[$0] > 0 }.map { (UInt64(uses[$0]) << 16) | UInt64($0) }
        // A code of one symbol takes a bit as well; of none, decoders want one all the same.
        guard used.count > 1 else {
            entries[used.first.map { Int($0 & 0xFFFF) } ?? 0].bits = 1
            return
        }
        used.sort()
        var weights = used.map { $0 >> 16 }
        var depths = Self.depths(weights)
        // Flatter weights make a flatter tree; equal ones are within every limit.
        while depths.max()! > limit {
            for index in weights.indices { weights[index] = (weights[index] + 1) / 2 }
            depths = Self.depths(weights)
        }
        for (key, depth) in zip(used, depths) { entries[Int(key & 0xFFFF)].bits = UInt8(depth) }
        assign()
    }

    /// The depth of each leaf of Huffman's tree over ascending weights: D. Huffman, "A method for the construction of
    /// minimum-redundancy codes", 1952, with the two queues of J. van Leeuwen, 1976.
    private static func depths(_ weights: [UInt64]) -> [Int] {
        let leaves = weights.count
        var sums = weights
        sums.reserveCapacity(2 * leaves)
        var parents = [Int](repeating: 0, count: 2 * leaves - 1)
        var (leaf, inner) = (0, leaves)
        func lightest() -> Int {
            if leaf < leaves, inner >= sums.count || sums[leaf] <= sums[inner] {
                leaf += 1
                return leaf - 1
            }
            inner += 1
            return inner - 1
        }
        for node in leaves..<2 * leaves - 1 {
            let (a, b) = (lightest(), lightest())
            sums.append(sums[a] + sums[b])
            (parents[a], parents[b]) = (node, node)
        }
        var depths = [Int](repeating: 0, count: 2 * leaves - 1)
        for node in stride(from: 2 * leaves - 3, through: 0, by: -1) { depths[node] = depths[parents[node]] + 1 }
        return Array(depths[..<leaves])
    }

    /// Codes of one length follow one another in the order of their symbols (RFC 1951, 3.2.2).
    private func assign() {
        var counts = [Int](repeating: 0, count: limit + 2)
        for symbol in 0..<symbols where entries[symbol].bits > 0 { counts[Int(entries[symbol].bits) + 1] += 1 }
        var next = [Int](repeating: 0, count: limit + 2)
        for bits in 1...limit { next[bits] = (next[bits - 1] + counts[bits]) << 1 }
        for symbol in 0..<symbols where entries[symbol].bits > 0 {
            let bits = Int(entries[symbol].bits)
            var (code, turned) = (next[bits], 0)
            next[bits] += 1
            for _ in 0..<bits {
                turned = turned << 1 | code & 1
                code >>= 1
            }
            entries[symbol].code = UInt16(turned)
        }
    }

    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// A block's code lengths, themselves in a code (RFC 1951, 3.2.7).
    static func write(_ literals: DeflateCode, _ distances: DeflateCode, _ bits: inout BitWriter) {
        let (literalCount, distanceCount) = (max(257, literals.usedSymbols), max(1, distances.usedSymbols))
        let lengths =
            (0..<literalCount).map { Int(literals.entries[$0].bits) }
            + (0..<distanceCount).map { Int(distances.entries[$0].bits) }
        let items = runs(of: lengths)
        let code = DeflateCode(symbols: 19, limit: 7)
        for item in items { code.uses[item.symbol] += 1 }
        code.build()
        let count = max(4, (order.lastIndex { code.entries[$0].bits > 0 } ?? 0) + 1)
        bits.put(UInt32(literalCount - 257), 5)
        bits.put(UInt32(distanceCount - 1), 5)
        bits.put(UInt32(count - 4), 4)
        for symbol in order[..<count] {
            bits.flush()
            bits.put(UInt32(code.entries[symbol].bits), 3)
        }
        for item in items {
            bits.flush()
            bits.put(code.entries[item.symbol])
            bits.put(UInt32(item.extra), item.extraBits)
        }
        bits.flush()
    }

    private var usedSymbols: Int { ((0..<symbols).last { entries[$0].bits > 0 } ?? 0) + 1 }

    /// Symbols 16 to 18 repeat the last length, or zero.
    private static func runs(of lengths: [Int]) -> [(symbol: Int, extra: Int, extraBits: Int)] {
        var items: [(symbol: Int, extra: Int, extraBits: Int)] = []
        var index = 0
        while index < lengths.count {
            let length = lengths[index]
            var run = lengths[index...].prefix { $0 == length }.count
            index += run
            if length > 0 {
                items.append((length, 0, 0))
                run -= 1
            }
            while run >= 3 {
                let part = min(run, length > 0 ? 6 : 138)
                items.append(length > 0 ? (16, part - 3, 2) : part > 10 ? (18, part - 11, 7) : (17, part - 3, 3))
                run -= part
            }
            for _ in 0..<run { items.append((length, 0, 0)) }
        }
        return items
    }
}
