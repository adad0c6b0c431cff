// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel

@testable import TileTiers

struct DiskIndexTests {
    private func entry(_ bytes: Int, milliseconds: Int) throws -> DiskIndex.Entry {
        DiskIndex.Entry(document: try DocumentID("a"), bytes: bytes, cost: .milliseconds(milliseconds), added: 0)
    }

    /// Returns whether it was taken.
    private func offer(_ key: UInt128, _ entry: DiskIndex.Entry, to index: inout DiskIndex) -> Bool {
        guard let victims = index.makeRoom(for: entry) else { return false }
        for victim in victims { index.remove(victim) }
        index.add(key, entry)
        return true
    }

    @Test("neither bytes nor number pass their bounds")
    func bounds() throws {
        var index = DiskIndex(budget: 100_000, mostEntries: 20)
        for key in 0..<1000 as Range<UInt128> {
            _ = offer(key, try entry(1000 + Int(key) % 9000, milliseconds: 1 + Int(key) % 70), to: &index)
            #expect(index.bytes <= 100_000 && index.entries.count <= 20)
        }
        #expect(index.entries.count > 10)
    }

    @Test("cheap tiles are taken only while there is room")
    func cheap() throws {
        var index = DiskIndex(budget: 50_000, mostEntries: 100)
        for key in 0..<10 as Range<UInt128> { #expect(offer(key, try entry(5000, milliseconds: 100), to: &index)) }
        let refused = !offer(100, try entry(5000, milliseconds: 1), to: &index)
        #expect(refused && index.entries.count == 10 && index.entries[100] == nil)
        let taken = offer(101, try entry(5000, milliseconds: 300), to: &index)
        #expect(taken && index.entries.count == 10)
    }

    @Test("cheap ones go before dear ones")
    func order() throws {
        var index = DiskIndex(budget: 50_000, mostEntries: 100)
        for key in 0..<5 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 200), to: &index) }
        for key in 5..<10 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 2), to: &index) }
        for key in 10..<15 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 100), to: &index) }
        #expect(Set(index.entries.keys) == Set([0, 1, 2, 3, 4, 10, 11, 12, 13, 14] as [UInt128]))
    }

    @Test("what nobody asks for any more goes in the end, however dear it was")
    func ageing() throws {
        var index = DiskIndex(budget: 50_000, mostEntries: 100)
        _ = offer(0, try entry(5000, milliseconds: 500), to: &index)
        for key in 1..<400 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 20), to: &index) }
        #expect(index.entries[0] == nil)
    }

    @Test("what is asked for stays longer than its like")
    func use() throws {
        var index = DiskIndex(budget: 50_000, mostEntries: 100)
        for key in 0..<10 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 20), to: &index) }
        for key in 10..<60 as Range<UInt128> {
            index.use(3)
            _ = offer(key, try entry(5000, milliseconds: 20), to: &index)
        }
        #expect(index.entries[3] != nil)
    }

    @Test("one that is larger than a tenth of the budget is not kept, and nothing makes way for it")
    func large() throws {
        var index = DiskIndex(budget: 50_000, mostEntries: 100)
        for key in 0..<10 as Range<UInt128> { _ = offer(key, try entry(5000, milliseconds: 1), to: &index) }
        #expect(!offer(11, try entry(5001, milliseconds: 10_000), to: &index) && index.entries.count == 10)
    }
}
