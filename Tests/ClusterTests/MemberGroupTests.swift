// SPDX-License-Identifier: Apache-2.0

import Affinity
import Testing

@testable import Cluster

struct MemberGroupTests {
    private func member(
        _ id: String, status: MemberStatus = .ready, capacity: Int = 2, weight: Int? = nil, age: Double = 100
    ) -> Membership.Member {
        Membership.Member(
            state: MemberState(
                id: id, incarnation: 1, role: .node, status: status, address: "h:1", clusterAddress: "h:2",
                capacity: capacity, weight: weight, age: age), isReachable: true)
    }

    @Test("a member counts for as many as it has workers, unless it says otherwise")
    func weights() {
        let group = MemberGroup(
            [
                member("a", capacity: 8), member("b", capacity: 8, weight: 3), member("c", weight: 0),
                member("d", capacity: 0),
            ],
            [:])
        #expect(group.table.nodes.map(\.weight) == [8, 3, 0, 1])
        #expect(group.table.nodes.map(\.floor) == [32, 32, 16, 16])
        // One without weight is there, but nothing is spread over it.
        #expect(group.readyCount == 3)
        #expect(group.usableCount == 4)
    }

    @Test("ages that make no sense do no harm", arguments: [-1, 1e300, Double.infinity, .nan])
    func ages(age: Double) {
        let group = MemberGroup([member("a", age: age), member("b")], [:], slowStart: .seconds(30))
        #expect(group.readyCount == 2)
    }

    @Test("the load of a member is the larger of our own requests' cost and its report")
    func load() {
        let counter = LoadCounter()
        let group = MemberGroup([member("a")], ["a": counter])
        counter.begin(4)
        counter.report(3)
        #expect(group.targets[0].load == 4)
        counter.report(9)
        #expect(group.targets[0].load == 9)
        counter.end(4)
        counter.report(0)
        #expect(group.targets[0].load == 0)
    }

    @Test("a view tells what its last change moves, and keeps that until the next")
    func movedShare() {
        func view(_ ids: [String], after last: ClusterView) -> ClusterView {
            ClusterView(ids.map { member($0) }, [:], slowStart: .zero, isHeld: { _ in false }, after: last)
        }
        let four = view(["a", "b", "c", "d"], after: ClusterView())
        #expect(four.movedShare == 1)
        let three = view(["a", "b", "c"], after: four)
        #expect(abs(three.movedShare - 0.25) < 0.06)
        #expect(view(["a", "b", "c"], after: three).movedShare == three.movedShare)
    }
}
