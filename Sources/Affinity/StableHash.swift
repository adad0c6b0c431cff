// SPDX-License-Identifier: Apache-2.0

/// The hashes that routers agree on, whatever their version, machine and start: golden vectors in the tests pin them.
package enum StableHash {
    /// FNV-1a, 64 bits (draft-eastlake-fnv), then the finaliser, since FNV alone leaves the high bits of short inputs
    /// poorly mixed.
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = Accumulator()
        for byte in bytes { hash.add(byte) }
        return hash.value
    }

    /// The same, byte by byte: what is decoded while it is hashed needs no memory.
    package struct Accumulator {
        private var state: UInt64 = 0xCBF2_9CE4_8422_2325

        package init() {}

        package mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

        package var value: UInt64 { StableHash.mix(state) }
    }

    /// The 64-bit finaliser of MurmurHash3 (Appleby): a bijection in which every input bit reaches every output bit.
    @inlinable @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }

    /// One number of a key and a member's seed, both mixed already: the two halves of their product, as in wyhash (Wang Yi).
    /// One multiplication instead of two and three shifts, since a look-up does this once a member.
    @inlinable @inline(__always)
    package static func pair(_ key: UInt64, _ seed: UInt64) -> UInt64 {
        let product = (key ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: seed)
        return product.high ^ product.low
    }
}
