// SPDX-License-Identifier: Apache-2.0

/// Finds the slot of a key by the key's hash: open addressing with linear probing, 8 bytes for each entry that fits.
///
/// It knows no keys, so that it need not be generic: whoever asks says whether the key in a slot is the one it means.
/// Removing moves back what follows (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithm R), so there are no
/// marks of removed entries to step over.
@usableFromInline
package struct SlotTable {
    /// Slot and one, 0 where there is none.
    private var places: [UInt32] = []
    private var mask = 0
    private(set) var count = 0

    package init() {}

    /// What it takes of memory.
    var bytes: Int { places.capacity * MemoryLayout<UInt32>.stride }

    /// Where a search for the hash begins.
    @usableFromInline
    package func start(_ hash: Int) -> Int { Self.mixed(hash) & mask }

    /// The slot at a place; nil where the search ends.
    @usableFromInline
    package func slot(at place: Int) -> Int? {
        guard !places.isEmpty, places[place] != 0 else { return nil }
        return Int(places[place]) - 1
    }

    @usableFromInline
    package func next(_ place: Int) -> Int { (place + 1) & mask }

    /// - Parameter hashes: of all slots; needed where the table has to grow.
    mutating func insert(_ slot: Int, hash: Int, hashes: [Int]) {
        if (count + 1) * 2 > places.count { grow(hashes) }
        place(slot, hash)
        count += 1
    }

    mutating func remove(_ slot: Int, hash: Int, hashes: [Int]) {
        var hole = start(hash)
        while places[hole] != UInt32(slot + 1) { hole = next(hole) }
        var place = next(hole)
        while let other = self.slot(at: place) {
            let home = start(hashes[other])
            // It may move back unless it lies between its home and here, that is, unless the hole is before its home.
            if (place - home) & mask >= (place - hole) & mask {
                places[hole] = places[place]
                hole = place
            }
            place = next(place)
        }
        places[hole] = 0
        count -= 1
    }

    private mutating func place(_ slot: Int, _ hash: Int) {
        var place = start(hash)
        while places[place] != 0 { place = next(place) }
        places[place] = UInt32(slot + 1)
    }

    private mutating func grow(_ hashes: [Int]) {
        let old = places
        places = [UInt32](repeating: 0, count: max(64, old.count * 2))
        mask = places.count - 1
        for entry in old where entry != 0 { place(Int(entry) - 1, hashes[Int(entry) - 1]) }
    }

    /// Hashes whose low bits are alike must not lie side by side. The multiplier is 2^64 divided by the golden ratio.
    private static func mixed(_ hash: Int) -> Int {
        let product = UInt64(bitPattern: Int64(hash)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: product ^ (product >> 32))
    }
}
