// SPDX-License-Identifier: Apache-2.0

import Testing
import TileCache

struct MemoryTilesTests {
    private func cache(_ budget: Int) -> MemoryTiles<Int, String> { MemoryTiles(budget: budget, layer: "test") }

    @Test("what was kept is found, what was not is a miss")
    func basics() {
        let cache = cache(1 << 20)
        cache.insert("one", bytes: 1000, for: 1)
        #expect(cache.value(for: 1) == "one")
        #expect(cache.value(for: 2) == nil)
        #expect(cache.usage.entries == 1)
    }

    @Test("the budget is never passed, and usage counts what is held")
    func budget() {
        let cache = cache(100_000)
        for key in 0..<1000 {
            cache.insert("x", bytes: 500 + key % 700, for: key)
            #expect(cache.usage.bytes <= 100_000)
        }
        #expect(cache.usage.bytes > 80_000)
        cache.removeAll { _ in true }
        #expect(cache.usage.bytes == 0 && cache.usage.entries == 0)
    }

    @Test("somebody who flips through everything does not wipe out what many read")
    func scan() {
        let cache = cache(1_000_000)
        for round in 0..<4 {
            for key in 0..<50 where cache.value(for: key) == nil { cache.insert("hot", bytes: 5000, for: key) }
            _ = round
        }
        for key in 1000..<5000 where cache.value(for: key) == nil { cache.insert("scan", bytes: 5000, for: key) }
        let left = (0..<50).count { cache.value(for: $0) != nil }
        #expect(left == 50)
    }

    @Test("what comes back soon after it was evicted stays")
    func ghosts() {
        let cache = cache(500_000)
        for key in 0..<200 { cache.insert("a", bytes: 5000, for: key) }
        let evicted = (0..<200).first { cache.value(for: $0) == nil }
        guard let evicted else {
            Issue.record("nothing was evicted")
            return
        }
        let recent = (0..<200).last { cache.value(for: $0) == nil } ?? evicted
        cache.insert("back", bytes: 5000, for: recent)
        for key in 1000..<1150 { cache.insert("scan", bytes: 5000, for: key) }
        #expect(cache.value(for: recent) == "back")
    }

    @Test("one value larger than a tenth of the budget is not kept")
    func large() {
        let cache = cache(10_000)
        cache.insert("large", bytes: 1001, for: 1)
        #expect(cache.value(for: 1) == nil)
    }

    @Test("removing by a condition removes just these")
    func purge() {
        let cache = cache(1 << 20)
        for key in 0..<10 { cache.insert("\(key)", bytes: 10, for: key) }
        #expect(cache.removeAll { $0.isMultiple(of: 2) } == 5)
        #expect((0..<10).filter { cache.value(for: $0) != nil } == [1, 3, 5, 7, 9])
    }
}
