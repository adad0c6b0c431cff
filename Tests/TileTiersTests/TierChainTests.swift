// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TileCache
import TileModel

@testable import TileTiers

/// A tier in memory whose writing can be held up.
private final class SlowTier: TileTier {
    struct State {
        var values: [TierKey: [UInt8]] = [:]
        var isHeld = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var asked = 0
    }

    let name: String
    let state = Mutex(State())

    init(_ name: String) { self.name = name }

    static func open(_ settings: TierSettings) throws -> (any TileTier)? { nil }
    var shortName: String { name }
    var usage: LayerUsage { LayerUsage(bytes: 0, entries: state.withLock { $0.values.count }) }
    func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] { [] }

    func value(for key: TierKey) async -> [UInt8]? {
        state.withLock { state in
            state.asked += 1
            return state.values[key]
        }
    }

    func keep(_ value: [UInt8], cost: Duration, for key: TierKey) async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.waiting.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        state.withLock { $0.values[key] = value }
    }

    func purge(_ selection: DocumentSelection) async {
        state.withLock { state in
            state.values = state.values.filter { !selection.contains($0.key.document.document) }
        }
    }

    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

struct TierChainTests {
    private func key(_ name: String) throws -> TierKey {
        TierKey(document: PinnedDocument(try DocumentID(name), try DocumentVersion("v")), content: "1")
    }

    @Test("the nearest that has it answers; what a farther one had comes nearer")
    func order() async throws {
        let (near, far) = (SlowTier("near"), SlowTier("far"))
        let chain = TierChain([near, far])
        await far.keep([1], cost: .zero, for: try key("a"))
        #expect(await chain.value(for: try key("a"))?.tier == "far")
        await chain.flush()
        #expect(await chain.value(for: try key("a"))?.tier == "near")
        #expect(far.state.withLock { $0.asked } == 1)
        #expect(await chain.value(for: try key("b")) == nil)
    }

    @Test("what is made goes to every tier, after the answer")
    func keeping() async throws {
        let (near, far) = (SlowTier("near"), SlowTier("far"))
        let chain = TierChain([near, far])
        far.hold()
        chain.keep([1], cost: .zero, for: try key("a"))
        // The one that hangs holds up neither us nor the other.
        while near.usage.entries == 0 { await Task.yield() }
        #expect(far.usage.entries == 0)
        far.release()
        await chain.flush()
        #expect(far.usage.entries == 1)
    }

    @Test("what comes faster than a tier takes it is dropped")
    func bounded() async throws {
        let tier = SlowTier("slow")
        let chain = TierChain([tier])
        tier.hold()
        for number in 0..<100 {
            chain.keep([UInt8](repeating: 0, count: 1 << 20), cost: .zero, for: try key("\(number)"))
        }
        tier.release()
        await chain.flush()
        #expect((8...9).contains(tier.usage.entries))
    }

    @Test("a purge takes what waits to be written with it")
    func purge() async throws {
        let tier = SlowTier("slow")
        let chain = TierChain([tier])
        tier.hold()
        for name in ["a", "b", "a/c"] { chain.keep([1], cost: .zero, for: try key(name)) }
        async let purged: Void = chain.layers[0].purge(.document(try DocumentID("b")))
        tier.release()
        try await purged
        await chain.flush()
        #expect(tier.usage.entries == 2)
        #expect(await chain.value(for: try key("b")) == nil)
    }
}
