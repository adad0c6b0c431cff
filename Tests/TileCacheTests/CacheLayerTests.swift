// SPDX-License-Identifier: Apache-2.0

import Testing
import TileCache
import TileModel

struct CacheLayerTests {
    private struct Key: DocumentKeyed {
        let cachedDocument: DocumentID
        let number: Int
    }

    private func cache(_ names: [String: Int]) throws -> MemoryTiles<Key, Int> {
        let cache = MemoryTiles<Key, Int>(budget: 1 << 20, layer: "test")
        for (name, count) in names {
            for number in 0..<count {
                cache.insert(number, bytes: 100, for: Key(cachedDocument: try DocumentID(name), number: number))
            }
        }
        return cache
    }

    @Test("what is held is told by document, most first, and no more than was asked for")
    func holdings() async throws {
        let cache = try cache(["a/1": 3, "a/2": 5, "b": 1])
        let all = await cache.holdings(.all, most: 9)
        #expect(all.map(\.document.displayName) == ["a/2", "a/1", "b"] && all.map(\.entries) == [5, 3, 1])
        // The rest is what finding them takes.
        #expect(all.reduce(0) { $0 + $1.bytes } == 900 && cache.usage.bytes >= 900)
        #expect(await cache.holdings(.all, most: 1).map(\.entries) == [5])
        #expect(await cache.holdings(.prefix(Array("a/".utf8)), most: 9).count == 2)
        #expect(await cache.holdings(.document(try DocumentID("b")), most: 9).map(\.entries) == [1])
    }

    @Test("a purge takes what it names and nothing else")
    func purge() async throws {
        let cache = try cache(["a/1": 3, "a/2": 5, "b": 1])
        await cache.purge(.document(try DocumentID("a/2")))
        #expect(cache.usage.entries == 4)
        await cache.purge(.prefix(Array("a/".utf8)))
        #expect(await cache.holdings(.all, most: 9).map(\.document.displayName) == ["b"])
        await cache.purge(.all)
        #expect(cache.usage.entries == 0 && cache.usage.bytes == 0)
    }

    @Test("hits, misses and evictions are counted as in the metrics")
    func counts() throws {
        let cache = MemoryTiles<Key, Int>(budget: 10_000, layer: "test")
        let document = try DocumentID("a")
        for number in 0..<1000 { cache.insert(number, bytes: 100, for: Key(cachedDocument: document, number: number)) }
        #expect(cache.value(for: Key(cachedDocument: document, number: 999)) == 999)
        #expect(cache.value(for: Key(cachedDocument: document, number: 0)) == nil)
        #expect(cache.value(for: Key(cachedDocument: document, number: 0), countsMiss: false) == nil)
        let usage = cache.usage
        #expect(usage.hits == 1 && usage.misses == 1 && usage.evictions == 1000 - usage.entries)
        #expect(usage.budget == 10_000)
    }
}
