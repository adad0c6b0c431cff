// SPDX-License-Identifier: Apache-2.0

/// Belady's rule with the future known: what is needed again latest goes first. With entries of one size that is the
/// optimum; with sizes that differ it is the usual bound to compare with (the optimum is NP-hard).
struct BeladyCache: CachePolicy {
    static let name = "Belady"

    private let budget: Int
    /// For each access the place of the next one to the same key.
    private let nexts: [Int]
    private var held: [Int: (next: Int, bytes: Int)] = [:]
    private var heap: [(next: Int, key: Int)] = []
    private var bytes = 0

    init(budget: Int, accesses: [CacheAccess]) {
        self.budget = budget
        var latest: [Int: Int] = [:]
        var nexts = [Int](repeating: .max, count: accesses.count)
        for place in accesses.indices.reversed() {
            nexts[place] = latest[accesses[place].key] ?? .max
            latest[accesses[place].key] = place
        }
        self.nexts = nexts
    }

    mutating func access(_ place: Int, _ access: CacheAccess) -> Bool {
        let isHit = held[access.key] != nil
        if !isHit { bytes += access.bytes }
        held[access.key] = (nexts[place], access.bytes)
        push((nexts[place], access.key))
        while bytes > budget, let latest = pop() {
            // Entries of the heap that were overtaken by a later access are passed over.
            guard let entry = held[latest.key], entry.next == latest.next else { continue }
            held[latest.key] = nil
            bytes -= entry.bytes
        }
        return isHit
    }

    // A binary heap, the latest next use at the top.

    private mutating func push(_ element: (next: Int, key: Int)) {
        heap.append(element)
        var place = heap.count - 1
        while place > 0, heap[(place - 1) / 2].next < heap[place].next {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func pop() -> (next: Int, key: Int)? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return top }
        heap[0] = last
        var place = 0
        while true {
            var largest = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].next > heap[largest].next {
                largest = child
            }
            guard largest != place else { return top }
            heap.swapAt(place, largest)
            place = largest
        }
    }
}
