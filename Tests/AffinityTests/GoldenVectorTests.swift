// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Affinity

/// Routers of different versions must agree: a change of these is a change of the protocol. The values were worked out a
/// second time in another language, with whole numbers of any size.
struct GoldenVectorTests {
    @Test(
        "golden vectors pin the hash",
        arguments: [
            ("", UInt64(0xEFD0_1F60_BA99_2926)), ("a", 0x82A2_A958_A9BE_CE5B),
            ("reports/2024/annual.pdf", 15_003_720_161_924_104_117), ("node-1", 10_510_626_701_084_584_709),
        ])
    func hash(text: String, expected: UInt64) { #expect(StableHash.hash(text.utf8) == expected) }

    private static let pairs: [(UInt64, UInt64, UInt64)] = [
        (0, 1, 11_562_461_410_679_940_143), (1, 2, 4_678_178_747_650_328_669), (.max, .max, .max),
        (StableHash.hash("a".utf8), RoutingNode(id: "node-1").seed, 673_523_661_666_311_349),
    ]

    @Test("golden vectors pin the number of a key and a member", arguments: pairs)
    func pair(key: UInt64, seed: UInt64, expected: UInt64) { #expect(StableHash.pair(key, seed) == expected) }

    @Test(
        "golden vectors pin the logarithm",
        arguments: [
            (UInt64(0), UInt64(4_294_967_295)), (1, 4_294_967_295), (.max, 0), (1 << 63, 67_108_863),
            (0x1234_5678_9ABC_DEF0, 255_938_636), (0xFF00_0000_0000_0000, 378_934),
        ])
    func logarithm(hash: UInt64, expected: UInt64) {
        #expect(FixedLogarithm.table.withUnsafeBufferPointer { FixedLogarithm.negative(hash, $0) } == expected)
    }

    @Test("the logarithm never rises with the hash, and is as exact as it says")
    func logarithmIsMonotonous() {
        FixedLogarithm.table.withUnsafeBufferPointer { table in
            var last = UInt64.max
            for step in 0..<100_000 as Range<UInt64> {
                let value = FixedLogarithm.negative(step &* (UInt64.max / 100_000), table)
                #expect(value <= last)
                #expect(FixedLogarithm.leastNegative(step &* (UInt64.max / 100_000)) <= value)
                last = value
            }
            for shift in 0..<64 as Range<UInt64> {
                #expect(FixedLogarithm.leastNegative(.max << shift) <= FixedLogarithm.negative(.max << shift, table))
            }
            // log2(4/3) and log2(3), in units of 2^-26.
            #expect(abs(Int(FixedLogarithm.negative(3 << 62, table)) - 27_852_695) < 256)
            #expect(abs(Int(FixedLogarithm.negative(UInt64.max / 3, table)) - 106_365_033) < 256)
        }
    }

    @Test("golden owners pin rendezvous hashing, with equal weights and with others", arguments: [false, true])
    func owners(isWeighted: Bool) {
        let cluster = Cluster((1...5).map { RoutingNode(id: "node-\($0)", weight: isWeighted ? $0 : 1) })
        let owners = (0..<24).map { cluster.owner("document-\($0)").suffix(1) }
        #expect(owners.joined() == (isWeighted ? "545354514342424155554553" : "515354514142424115554552"))
    }

    @Test("where all weights are equal they do not matter")
    func equalWeights() {
        let light = Cluster((1...20).map { RoutingNode(id: "node-\($0)", weight: 1) })
        let heavy = Cluster((1...20).map { RoutingNode(id: "node-\($0)", weight: 7) })
        // Another weight elsewhere makes the logarithms decide.
        let mixed = Cluster((1...20).map { RoutingNode(id: "node-\($0)") } + [RoutingNode(id: "x", weight: 0)])
        for number in 0..<500 {
            #expect(light.owner("\(number)") == heavy.owner("\(number)"))
            #expect(light.owner("\(number)") == mixed.owner("\(number)"))
        }
    }
}
