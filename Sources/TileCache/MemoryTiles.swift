// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Synchronization

/// Keeps values in memory under a budget of bytes; `SlotQueues` says which.
///
/// What depends on the types of keys and values is marked `@inlinable`, so that whoever uses it gets code for its own: through
/// tables of witnesses a look-up took four times as long. The rest is not generic at all.
@usableFromInline
package final class MemoryTiles<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    @usableFromInline
    package struct Content: Sendable {
        @usableFromInline package let key: Key
        @usableFromInline package let value: Value

        @usableFromInline
        init(key: Key, value: Value) {
            self.key = key
            self.value = value
        }
    }

    @usableFromInline
    package struct State: ~Copyable {
        @usableFromInline package var contents: [Content?] = []
        @usableFromInline package var queues = SlotQueues()

        @usableFromInline
        package init() {}

        @inlinable
        package func slot(of key: Key) -> Int? {
            let hash = key.hashValue
            var place = queues.table.start(hash)
            while let slot = queues.table.slot(at: place) {
                if queues.hash(of: slot) == hash, contents[slot]!.key == key { return slot }
                place = queues.table.next(place)
            }
            return nil
        }

        @inlinable package var bytes: Int { queues.bytes + contents.capacity * MemoryLayout<Content?>.stride }
    }

    @usableFromInline package let counts: LayerCounts
    @usableFromInline package let budget: Int
    @usableFromInline package let state = Mutex(State())

    /// - Parameters:
    ///   - budget: bytes; 0 keeps nothing.
    ///   - layer: the label of this cache in the metrics.
    package init(budget: Int, layer: String) {
        self.budget = budget
        counts = LayerCounts(layer: layer)
    }

    /// - Parameter countsMiss: false where whoever asks looks again before it makes the value: one request, one miss.
    @inlinable
    package func value(for key: Key, countsMiss: Bool = true) -> Value? {
        let value = state.withLock { state -> Value? in
            guard let slot = state.slot(of: key) else { return nil }
            state.queues.hit(slot)
            return state.contents[slot]!.value
        }
        if value != nil { counts.hit() } else if countsMiss { counts.missed() }
        return value
    }

    /// Keeps a value. One that is larger than a tenth of the budget is not kept: it would push out a whole lot.
    /// - Parameter bytes: what key and value take of the heap.
    @inlinable
    package func insert(_ value: Value, bytes: Int, for key: Key) {
        guard mayKeep(bytes) else { return }
        let now = Self.now
        // What goes is freed outside the lock.
        var evicted: [(content: Content?, age: Int)] = []
        state.withLock { state in
            guard state.slot(of: key) == nil else { return }
            while let gone = state.evict(for: bytes, budget: room(state), now) { evicted.append(gone) }
            state.add(Content(key: key, value: value), hash: key.hashValue, bytes: bytes, now)
            // The tables may have grown by it.
            while let gone = state.evict(for: 0, budget: room(state), now) { evicted.append(gone) }
        }
        for gone in evicted { counts.evicted(age: gone.age) }
    }

    @inlinable
    package func mayKeep(_ bytes: Int) -> Bool { bytes <= budget / 10 }

    /// What queues and entries may take together.
    @inlinable
    package func room(_ state: borrowing State) -> Int { budget - (state.bytes - state.queues.bytes) }

    /// Removes all whose key satisfies the condition and returns how many.
    @discardableResult
    package func removeAll(where condition: (Key) -> Bool) -> Int {
        state.withLock { state in
            let isMeant = state.contents.map { $0.map { condition($0.key) } ?? false }
            let removed = state.queues.remove { isMeant[$0] }
            for slot in removed { state.contents[slot] = nil }
            if state.queues.count == 0 { state.contents = [] }
            return removed.count
        }
    }

    /// The label of this cache in the metrics.
    package var name: String { counts.layer }

    package var usage: LayerUsage {
        let (bytes, entries) = state.withLock { ($0.bytes, $0.queues.count) }
        return counts.usage(bytes: bytes, budget: budget, entries: entries)
    }

    /// Keys and bytes of the entries whose key satisfies the condition.
    func sizes(where condition: (Key) -> Bool) -> [(key: Key, bytes: Int)] {
        // Looked through outside the lock: tiles are answered meanwhile.
        let all = state.withLock { state in
            state.contents.indices.compactMap { slot in
                state.contents[slot].map { (key: $0.key, bytes: state.queues.bytes(of: slot)) }
            }
        }
        return all.filter { condition($0.key) }
    }

    /// Seconds since the machine started.
    @usableFromInline
    package static var now: UInt32 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        return UInt32(truncatingIfNeeded: now.tv_sec)
    }
}

extension MemoryTiles.State {
    @inlinable
    package mutating func evict(
        for bytes: Int, budget: Int, _ now: UInt32
    ) -> (content: MemoryTiles.Content?, age: Int)? {
        guard let gone = queues.evict(for: bytes, budget: budget, now: now) else { return nil }
        defer { contents[gone.slot] = nil }
        return (contents[gone.slot], gone.age)
    }

    @inlinable
    package mutating func add(_ content: MemoryTiles.Content, hash: Int, bytes: Int, _ now: UInt32) {
        let slot = queues.add(hash: hash, bytes: bytes, now: now)
        if slot == contents.count { contents.append(content) } else { contents[slot] = content }
    }
}
