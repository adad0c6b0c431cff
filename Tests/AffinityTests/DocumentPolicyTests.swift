// SPDX-License-Identifier: Apache-2.0

import Affinity
import Testing

struct DocumentPolicyTests {
    private func choose(_ key: String, _ table: RoutingTable, _ loads: [Int]) -> (id: String, isOwner: Bool) {
        var list = CandidateList()
        DocumentPolicy().rank(AffinityKey(key.utf8), table, load: { loads[$0] }, into: &list)
        return (table.nodes[list.indices[0]].id, list.isOwner)
    }

    private func table(_ count: Int, floor: Int = 8) -> RoutingTable {
        RoutingTable((1...count).map { RoutingNode(id: "node-\($0)", floor: floor) })
    }

    @Test("one reader with six connections on an idle cluster stays on one node", arguments: [2, 4, 8])
    func oneReader(count: Int) {
        let table = table(count)
        for document in 0..<20 {
            var loads = [Int](repeating: 0, count: count)
            var used = Set<String>()
            for _ in 0..<6 {
                let (id, isOwner) = choose("document \(document)", table, loads)
                used.insert(id)
                #expect(isOwner)
                loads[table.nodes.firstIndex { $0.id == id } ?? 0] += 1
            }
            #expect(used.count == 1)
        }
    }

    @Test("a hot document lives on three nodes at most, whatever the load")
    func hotDocument() {
        let table = table(20, floor: 4)
        var loads = [Int](repeating: 0, count: 20)
        var used = Set<String>()
        for _ in 0..<1000 {
            let (id, _) = choose("hot", table, loads)
            used.insert(id)
            loads[table.nodes.firstIndex { $0.id == id } ?? 0] += 1
        }
        #expect(used.count == 3)
    }

    @Test("a node is passed over only above both the bound and its floor")
    func bound() {
        let table = table(2, floor: 8)
        let owner = choose("x", table, [0, 0]).id
        let place = table.nodes.firstIndex { $0.id == owner } ?? 0
        func loads(_ own: Int, _ other: Int) -> [Int] { place == 0 ? [own, other] : [other, own] }
        #expect(choose("x", table, loads(7, 0)).id == owner)
        #expect(choose("x", table, loads(8, 0)).id != owner)
        #expect(choose("x", table, loads(8, 8)).id == owner)
        #expect(choose("x", table, loads(100, 90)).id == owner)
        #expect(!choose("x", table, loads(100, 10)).isOwner)
    }

    @Test("the encoded spelling of an id and the raw one have the same owner")
    func spelling() throws {
        let table = table(16)
        #expect(
            choose(String(decoding: Array("a/b c.pdf".utf8), as: UTF8.self), table, [Int](repeating: 0, count: 16)).id
                == choose("a/b c.pdf", table, [Int](repeating: 0, count: 16)).id)
    }

    @Test("documents spread evenly over the nodes")
    func balance() {
        let table = table(10)
        var counts: [String: Int] = [:]
        for document in 0..<10_000 {
            counts[choose("documents/\(document).pdf", table, [Int](repeating: 0, count: 10)).id, default: 0] += 1
        }
        #expect(counts.count == 10)
        #expect(counts.values.allSatisfy { (850...1150).contains($0) })
    }
}

struct StableHashTests {
    /// Routers of different versions must agree: a change of these is a change of the protocol.
    @Test(
        "golden vectors pin the hash",
        arguments: [
            ("", UInt64(0xEFD0_1F60_BA99_2926)), ("a", 0x82A2_A958_A9BE_CE5B),
            ("reports/2024/annual.pdf", 15_003_720_161_924_104_117), ("node-1", 10_510_626_701_084_584_709),
        ])
    func golden(text: String, expected: UInt64) {
        #expect(StableHash.hash(text.utf8) == expected)
    }

    @Test("golden owners pin rendezvous hashing")
    func owners() {
        let table = RoutingTable((1...5).map { RoutingNode(id: "node-\($0)") })
        let owners = (0..<12).map { number in
            var list = CandidateList()
            Rendezvous.rank(AffinityKey("document-\(number)".utf8).hash ?? 0, table, into: &list)
            return table.nodes[list.indices[0]].id.suffix(1)
        }
        #expect(owners.joined() == "225535321141")
    }
}
