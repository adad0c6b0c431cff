// SPDX-License-Identifier: Apache-2.0

import TileModel

/// Which tiles lie on disk and which go when there is no room. Knows of no file: others do what it says.
struct DiskIndex {
    struct Entry {
        let document: DocumentID
        /// Of disk.
        let bytes: Int
        let cost: Duration
        /// Seconds since 1970.
        let added: Int
    }

    /// The most that may be held. Less than was asked for while the disk is full.
    var budget: Int
    let mostEntries: Int
    private(set) var entries: [UInt128: Entry] = [:]
    private(set) var bytes = 0
    private var order = GreedyDual()

    init(budget: Int, mostEntries: Int) {
        self.budget = budget
        self.mostEntries = mostEntries
    }

    /// Makes room for an entry: by less worthy ones only, and by none at all where there are not enough of them.
    /// - Returns: what has to go; nil where the entry does not deserve the room.
    mutating func makeRoom(for entry: Entry) -> [UInt128]? {
        guard entry.bytes <= budget / 10 else { return nil }
        let worth = Self.worth(entry)
        var candidates: [GreedyDual.Candidate] = []
        var freed = 0
        while bytes - freed + entry.bytes > budget || entries.count - candidates.count >= mostEntries {
            guard let last = order.last(), order.deserves(worth, than: last), let candidate = order.takeLast() else {
                for candidate in candidates { order.putBack(candidate) }
                order.refused(worth)
                return nil
            }
            candidates.append(candidate)
            freed += entries[last]!.bytes
        }
        return evicted(candidates)
    }

    /// So many bytes of what is worth least; to be removed.
    mutating func least(_ bytes: Int) -> [UInt128] {
        var candidates: [GreedyDual.Candidate] = []
        var freed = 0
        while freed < bytes, let candidate = order.takeLast() {
            candidates.append(candidate)
            freed += entries[candidate.key]!.bytes
        }
        return evicted(candidates)
    }

    private mutating func evicted(_ candidates: [GreedyDual.Candidate]) -> [UInt128] {
        for candidate in candidates { order.evicted(candidate) }
        return candidates.map(\.key)
    }

    mutating func add(_ key: UInt128, _ entry: Entry) {
        remove(key)
        entries[key] = entry
        bytes += entry.bytes
        order.add(key, worth: Self.worth(entry))
    }

    mutating func use(_ key: UInt128) { order.use(key) }

    @discardableResult
    mutating func remove(_ key: UInt128) -> Entry? {
        guard let entry = entries.removeValue(forKey: key) else { return nil }
        bytes -= entry.bytes
        order.remove(key)
        return entry
    }

    /// Microseconds of work saved by a byte of disk.
    private static func worth(_ entry: Entry) -> Double {
        entry.cost / .microseconds(1) / Double(max(1, entry.bytes))
    }
}
