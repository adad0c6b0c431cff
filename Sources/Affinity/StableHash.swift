// SPDX-License-Identifier: Apache-2.0

/// The hash that routers agree on, whatever their version, machine and start: golden vectors in the tests pin it.
package enum StableHash {
    /// FNV-1a, 64 bits (draft-eastlake-fnv), then the finaliser, since FNV alone leaves the high bits of short inputs
    /// poorly mixed.
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return mix(value)
    }

    /// The 64-bit finaliser of MurmurHash3 (Appleby): a bijection in which every input bit reaches every output bit.
    @inline(__always)
    package static func mix(_ value: UInt64) -> UInt64 {
        var value = value
        value = (value ^ value >> 33) &* 0xFF51_AFD7_ED55_8CCD
        value = (value ^ value >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return value ^ value >> 33
    }
}
