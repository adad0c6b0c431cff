// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import recto_fuzz

struct MutatorTests {
    private let one = Array("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n".utf8)
    private let other = [UInt8](repeating: 7, count: 100)

    @Test("the same seed makes the same document, another seed another")
    func seeds() {
        var (first, again, different) = (Mutator(seed: 3), Mutator(seed: 3), Mutator(seed: 4))
        let document = first.mutate(one, with: other)
        let same = again.mutate(one, with: other)
        let changed = different.mutate(one, with: other)
        #expect(document == same)
        #expect(document != changed)
    }

    @Test("documents of any length survive mutation, and none grows without bound")
    func lengths() {
        for length in [0, 1, 2, 5, 100, 70_000] {
            for seed in 0..<200 {
                var mutator = Mutator(seed: UInt64(seed))
                let document = mutator.mutate([UInt8](repeating: 0x31, count: length), with: seed % 2 == 0 ? other : [])
                #expect(document.count <= Mutator.mostBytes)
            }
        }
    }
}
