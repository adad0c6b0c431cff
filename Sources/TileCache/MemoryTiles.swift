// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Metrics
import Synchronization

/// Keeps values in memory under a budget of bytes.
///
/// S3-FIFO: Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023. What is asked for
/// once passes through a small queue of a tenth of the budget and never reaches the main one, so that somebody who flips
/// through a thousand pages does not wipe out what many read. A hit only raises a counter: it moves and allocates nothing.
package final class MemoryTiles<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let key: Key
        let value: Value
        let bytes: Int
        /// Hits since it was last looked at for eviction, 3 at most.
        var hits: UInt8 = 0
        var isInMain = false
    }

    private struct State {
        var entries: [Key: Int] = [:]
        var slots: [Entry?] = []
        var freeSlots: [Int] = []
        var small: Deque<Int> = []
        var main: Deque<Int> = []
        var smallBytes = 0
        var mainBytes = 0
        /// Keys that left the small queue lately: one that comes back goes straight to the main queue.
        var ghosts: Deque<Key> = []
        var ghostSet: Set<Key> = []

        mutating func add(_ entry: Entry) {
            var entry = entry
            entry.isInMain = ghostSet.remove(entry.key) != nil
            let slot = freeSlots.popLast() ?? slots.count
            if slot == slots.count { slots.append(nil) }
            slots[slot] = entry
            entries[entry.key] = slot
            enqueue(slot, entry)
        }

        mutating func enqueue(_ slot: Int, _ entry: Entry) {
            if entry.isInMain {
                main.append(slot)
                mainBytes += entry.bytes
            } else {
                small.append(slot)
                smallBytes += entry.bytes
            }
        }

        mutating func remove(_ keys: Set<Key>) {
            let slots = Set(keys.compactMap { entries.removeValue(forKey: $0) })
            for slot in slots {
                guard let entry = self.slots[slot] else { continue }
                if entry.isInMain { mainBytes -= entry.bytes } else { smallBytes -= entry.bytes }
                release(slot)
            }
            small.removeAll { slots.contains($0) }
            main.removeAll { slots.contains($0) }
        }

        mutating func release(_ slot: Int) {
            slots[slot] = nil
            freeSlots.append(slot)
        }

        /// Returns how many were evicted.
        mutating func makeRoom(for bytes: Int, budget: Int) -> Int {
            var evicted = 0
            while smallBytes + mainBytes + bytes > budget, !(small.isEmpty && main.isEmpty) {
                if smallBytes > budget / 10 || main.isEmpty {
                    evicted += evictFromSmall()
                } else {
                    evicted += evictFromMain()
                }
            }
            return evicted
        }

        mutating func evictFromSmall() -> Int {
            guard let slot = small.popFirst(), var entry = slots[slot] else { return 0 }
            smallBytes -= entry.bytes
            guard entry.hits <= 1 else {
                entry.isInMain = true
                entry.hits = 0
                slots[slot] = entry
                enqueue(slot, entry)
                return 0
            }
            entries[entry.key] = nil
            release(slot)
            remember(entry.key)
            return 1
        }

        mutating func evictFromMain() -> Int {
            guard let slot = main.popFirst(), var entry = slots[slot] else { return 0 }
            mainBytes -= entry.bytes
            guard entry.hits == 0 else {
                entry.hits -= 1
                slots[slot] = entry
                enqueue(slot, entry)
                return 0
            }
            entries[entry.key] = nil
            release(slot)
            return 1
        }

        /// As many ghosts as there are entries in the main queue, and some at least while it fills.
        mutating func remember(_ key: Key) {
            if ghostSet.insert(key).inserted { ghosts.append(key) }
            while ghosts.count > max(main.count, 64) {
                ghostSet.remove(ghosts.removeFirst())
            }
        }
    }

    /// The label of this cache in the metrics.
    package let name: String
    private let budget: Int
    /// What an entry takes beside its value: slot, dictionary entry and queue place.
    private let overhead: Int
    private let state = Mutex(State())
    private let counts = LayerCounts()
    private let hits: Counter
    private let misses: Counter
    private let evictions: Counter
    private let bytesHeld: Gauge
    private let entriesHeld: Gauge

    /// - Parameters:
    ///   - budget: bytes; 0 keeps nothing.
    ///   - layer: the label of this cache in the metrics.
    package init(budget: Int, layer: String) {
        name = layer
        self.budget = budget
        overhead = MemoryLayout<Entry?>.stride + 2 * MemoryLayout<Key>.stride + 64
        let dimensions = [("layer", layer)]
        hits = Counter(label: "recto_cache_hits_total", dimensions: dimensions)
        misses = Counter(label: "recto_cache_misses_total", dimensions: dimensions)
        evictions = Counter(label: "recto_cache_evictions_total", dimensions: dimensions)
        bytesHeld = Gauge(label: "recto_cache_bytes", dimensions: dimensions)
        entriesHeld = Gauge(label: "recto_cache_entries", dimensions: dimensions)
    }

    /// - Parameter countsMiss: false where whoever asks looks again before it makes the value: one request, one miss.
    package func value(for key: Key, countsMiss: Bool = true) -> Value? {
        let value = state.withLock { state -> Value? in
            guard let slot = state.entries[key] else { return nil }
            if state.slots[slot]!.hits < 3 { state.slots[slot]!.hits += 1 }
            return state.slots[slot]!.value
        }
        if value != nil {
            hits.increment()
            counts.hit()
        } else if countsMiss {
            misses.increment()
            counts.missed()
        }
        return value
    }

    /// Keeps a value. One that is larger than a tenth of the budget is not kept: it would push out a whole lot.
    /// - Parameter bytes: the size of the value.
    package func insert(_ value: Value, bytes: Int, for key: Key) {
        let cost = bytes + overhead
        guard cost <= budget / 10 else { return }
        let evicted = state.withLock { state in
            guard state.entries[key] == nil else { return 0 }
            let evicted = state.makeRoom(for: cost, budget: budget)
            state.add(Entry(key: key, value: value, bytes: cost))
            return evicted
        }
        if evicted > 0 {
            evictions.increment(by: evicted)
            counts.evicted(evicted)
        }
    }

    /// Removes all whose key satisfies the condition and returns how many.
    @discardableResult
    package func removeAll(where condition: (Key) -> Bool) -> Int {
        state.withLock { state in
            let keys = state.entries.keys.filter(condition)
            state.remove(Set(keys))
            return keys.count
        }
    }

    /// Writes the number of entries and their bytes into the metrics.
    package func recordUsage() {
        let usage = usage
        bytesHeld.record(usage.bytes)
        entriesHeld.record(usage.entries)
    }

    package var usage: LayerUsage {
        let (bytes, entries) = state.withLock { ($0.smallBytes + $0.mainBytes, $0.entries.count) }
        return LayerUsage(
            bytes: bytes, budget: budget, entries: entries, hits: counts.hits, misses: counts.misses,
            evictions: counts.evictions)
    }

    /// Keys and bytes of the entries whose key satisfies the condition.
    func sizes(where condition: (Key) -> Bool) -> [(key: Key, bytes: Int)] {
        // Looked through outside the lock: tiles are answered meanwhile.
        let all = state.withLock { state in state.slots.compactMap { $0.map { (key: $0.key, bytes: $0.bytes) } } }
        return all.filter { condition($0.key) }
    }
}
