// SPDX-License-Identifier: Apache-2.0

/// Least recent use.
struct LRUCache: CachePolicy {
    static let name = "LRU"

    private let budget: Int
    private var entries = LinkedEntries()

    init(budget: Int, accesses: [CacheAccess]) { self.budget = budget }

    mutating func access(_ place: Int, _ access: CacheAccess) -> Bool {
        if entries.touch(access.key) { return true }
        guard access.bytes <= budget else { return false }
        while entries.bytes + access.bytes > budget, let oldest = entries.oldest { entries.remove(oldest.key) }
        entries.append(access.key, access.bytes)
        return false
    }
}
