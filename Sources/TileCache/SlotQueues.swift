// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// What stays and what goes: S3-FIFO over the numbers of slots.
///
/// Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023. What is asked for once passes
/// through a small queue of a fifth of the budget and never reaches the main one, so that somebody who flips through a
/// thousand pages does not wipe out what many read. The authors take a tenth; on readers' traces a fifth finds more in caches
/// of a thousandth of what is read, and as much in others. A hit only raises a counter: it moves and allocates nothing.
///
/// It knows neither keys nor values, so that it need not be generic: its code is the same for every cache.
@usableFromInline
package struct SlotQueues {
    /// An entry that had to go.
    @usableFromInline
    package struct Evicted {
        @usableFromInline package let slot: Int
        /// Seconds since it was added.
        @usableFromInline package let age: Int
    }

    private struct Slot {
        var bytes: Int
        /// When it was added, in seconds of the caller's clock.
        var added: UInt32
        /// Hits since it was last looked at for eviction, 3 at most.
        var hits: UInt8
        var isInMain: Bool
    }

    @usableFromInline package private(set) var table = SlotTable()
    private var slots: [Slot] = []
    private var hashes: [Int] = []
    private var freeSlots: [Int32] = []
    private var small: Deque<Int32> = []
    private var main: Deque<Int32> = []
    private var smallBytes = 0
    private var mainBytes = 0
    /// Hashes of keys that left the small queue lately: one that comes back goes straight to the main queue.
    private var ghosts: Deque<Int> = []
    private var ghostSet: Set<Int> = []

    package init() {}

    @usableFromInline package var count: Int { small.count + main.count }

    /// The bytes of the entries, and what this takes itself.
    @usableFromInline package var bytes: Int { smallBytes + mainBytes + tableBytes }

    private var tableBytes: Int {
        table.bytes + slots.capacity * MemoryLayout<Slot>.stride + hashes.capacity * 8
            + (freeSlots.capacity + small.count + main.count) * 4 + ghosts.count * 28
    }

    // MARK: Looking up

    /// An entry was asked for.
    @usableFromInline
    package mutating func hit(_ slot: Int) {
        if slots[slot].hits < 3 { slots[slot].hits += 1 }
    }

    @usableFromInline
    package func hash(of slot: Int) -> Int { hashes[slot] }
    package func bytes(of slot: Int) -> Int { slots[slot].bytes }

    // MARK: Keeping

    /// Returns the slot of a new entry: one that was free, or the next one.
    @usableFromInline
    package mutating func add(hash: Int, bytes: Int, now: UInt32) -> Int {
        let isGhost = ghostSet.remove(hash) != nil
        let entry = Slot(bytes: bytes, added: now, hits: 0, isInMain: isGhost)
        let slot = freeSlots.popLast().map(Int.init) ?? slots.count
        if slot == slots.count {
            slots.append(entry)
            hashes.append(hash)
        } else {
            slots[slot] = entry
            hashes[slot] = hash
        }
        table.insert(slot, hash: hash, hashes: hashes)
        enqueue(slot)
        return slot
    }

    private mutating func enqueue(_ slot: Int) {
        if slots[slot].isInMain {
            main.append(Int32(slot))
            mainBytes += slots[slot].bytes
        } else {
            small.append(Int32(slot))
            smallBytes += slots[slot].bytes
        }
    }

    /// Removes entries and returns their slots: those that the condition holds for.
    package mutating func remove(where condition: (Int) -> Bool) -> [Int] {
        var removed: [Int] = []
        small.removeAll { slot in
            guard condition(Int(slot)) else { return false }
            removed.append(Int(slot))
            smallBytes -= slots[Int(slot)].bytes
            return true
        }
        main.removeAll { slot in
            guard condition(Int(slot)) else { return false }
            removed.append(Int(slot))
            mainBytes -= slots[Int(slot)].bytes
            return true
        }
        if count == 0 {
            self = SlotQueues()
        } else {
            for slot in removed { release(slot) }
        }
        return removed
    }

    private mutating func release(_ slot: Int) {
        table.remove(slot, hash: hashes[slot], hashes: hashes)
        freeSlots.append(Int32(slot))
    }

    // MARK: Evicting

    /// The next entry that goes so that so many bytes fit into the budget; nil where they do.
    @usableFromInline
    package mutating func evict(for bytes: Int, budget: Int, now: UInt32) -> Evicted? {
        while self.bytes + bytes > budget, count > 0 {
            let slot = smallBytes > budget / 5 || main.isEmpty ? evictFromSmall() : evictFromMain()
            guard let slot else { continue }
            let age = Int(now &- slots[slot].added)
            release(slot)
            return Evicted(slot: slot, age: age)
        }
        return nil
    }

    private mutating func evictFromSmall() -> Int? {
        guard let slot = small.popFirst().map(Int.init) else { return nil }
        smallBytes -= slots[slot].bytes
        guard slots[slot].hits <= 1 else {
            slots[slot].isInMain = true
            slots[slot].hits = 0
            enqueue(slot)
            return nil
        }
        remember(hashes[slot])
        return slot
    }

    private mutating func evictFromMain() -> Int? {
        guard let slot = main.popFirst().map(Int.init) else { return nil }
        mainBytes -= slots[slot].bytes
        guard slots[slot].hits == 0 else {
            slots[slot].hits -= 1
            enqueue(slot)
            return nil
        }
        return slot
    }

    /// As many ghosts as there are entries in the main queue, and some at least while it fills.
    private mutating func remember(_ hash: Int) {
        if ghostSet.insert(hash).inserted { ghosts.append(hash) }
        while ghosts.count > max(main.count, 64) { ghostSet.remove(ghosts.removeFirst()) }
    }
}
