// SPDX-License-Identifier: Apache-2.0

import HeapModule

/// Which entries are worth their room least: GreedyDual-Size.
///
/// Cao, Irani: "Cost-aware WWW proxy caching algorithms", USITS 1997. An entry's priority is its worth (cost by size) above a
/// floor that rises to the priority of what went last. So dear and small ones stay longest, and what is not asked for any more
/// sinks to the floor, however dear it was.
struct GreedyDual {
    private struct Mark: Comparable {
        let priority: Double
        let key: UInt128

        static func < (left: Self, right: Self) -> Bool {
            (left.priority, left.key) < (right.priority, right.key)
        }
    }

    fileprivate struct Entry {
        let worth: Double
        var priority: Double
    }

    private var entries: [UInt128: Entry] = [:]
    /// Holds marks of entries that were used or removed since, too: they are passed over.
    private var marks = Heap<Mark>()
    private var floor = 0.0

    mutating func add(_ key: UInt128, worth: Double) {
        entries[key] = Entry(worth: worth, priority: floor + worth)
        mark(key)
    }

    /// It was asked for.
    mutating func use(_ key: UInt128) {
        guard let entry = entries[key], entry.priority != floor + entry.worth else { return }
        entries[key]!.priority = floor + entry.worth
        mark(key)
    }

    mutating func remove(_ key: UInt128) { entries[key] = nil }

    /// Whether something of that worth deserves room more than the entry.
    func deserves(_ worth: Double, than key: UInt128) -> Bool {
        entries[key].map { floor + worth > $0.priority } ?? true
    }

    /// Something of that worth did not get in: as if it had, and had gone at once.
    mutating func refused(_ worth: Double) { floor += worth }

    /// The entry that goes next; it stays until it is removed.
    mutating func last() -> UInt128? {
        while let mark = marks.min {
            if entries[mark.key]?.priority == mark.priority { return mark.key }
            marks.removeMin()
        }
        return nil
    }

    /// An entry that may go for want of room.
    struct Candidate {
        let key: UInt128
        fileprivate let entry: Entry
    }

    /// Takes out the entry that goes next.
    mutating func takeLast() -> Candidate? {
        guard let key = last(), let entry = entries.removeValue(forKey: key) else { return nil }
        return Candidate(key: key, entry: entry)
    }

    mutating func evicted(_ candidate: Candidate) { floor = max(floor, candidate.entry.priority) }

    mutating func putBack(_ candidate: Candidate) {
        entries[candidate.key] = candidate.entry
        mark(candidate.key)
    }

    private mutating func mark(_ key: UInt128) {
        marks.insert(Mark(priority: entries[key]!.priority, key: key))
        guard marks.count > 2 * entries.count + 64 else { return }
        marks = Heap(entries.map { Mark(priority: $1.priority, key: $0) })
    }
}
