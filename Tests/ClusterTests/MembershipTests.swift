// SPDX-License-Identifier: Apache-2.0

import Cluster
import Testing

struct MembershipTests {
    private var now = ContinuousClock.now

    private func state(_ id: String, _ status: MemberStatus = .ready, incarnation: Int = 1, at address: String = "h:1")
        -> MemberState
    {
        MemberState(
            id: id, incarnation: incarnation, role: .node, status: status, address: "h:9", clusterAddress: address)
    }

    @Test("an announced address becomes a member once it has said who it is")
    func join() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        #expect(membership.members.isEmpty)
        let result1 = membership.observed("h:1", state("node-1"), now: now)
        #expect(result1)
        #expect(membership.members.map(\.state.id) == ["node-1"])
        #expect(membership.members[0].isReachable)
    }

    @Test("what answers at an address that nobody announced is no member")
    func stranger() {
        var membership = Membership()
        let result2 = membership.observed("h:1", state("node-1"), now: now)
        #expect(!result2)
        #expect(membership.members.isEmpty)
    }

    @Test("three failed checks make a member unreachable, one good one brings it back")
    func reachability() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1"), now: now)
        let result3 = membership.failed("h:1", now: now)
        #expect(!result3)
        let result4 = membership.failed("h:1", now: now)
        #expect(!result4)
        let result5 = membership.failed("h:1", now: now)
        #expect(result5)
        #expect(!membership.members[0].isReachable)
        let result6 = membership.failed("h:1", now: now)
        #expect(!result6)
        let result7 = membership.observed("h:1", state("node-1"), now: now)
        #expect(result7)
        #expect(membership.members[0].isReachable)
    }

    @Test("a check that was overtaken does not turn a draining member ready again")
    func forwardOnly() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1", .draining), now: now)
        membership.observed("h:1", state("node-1", .ready), now: now)
        #expect(membership.members[0].state.status == .draining)
        membership.observed("h:1", state("node-1", .ready, incarnation: 2), now: now)
        #expect(membership.members[0].state.status == .ready)
    }

    @Test("of two incarnations of one id the later one counts")
    func restart() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.announced("h:2", now: now)
        membership.observed("h:1", state("node-1", incarnation: 5, at: "h:1"), now: now)
        membership.observed("h:2", state("node-1", incarnation: 6, at: "h:2"), now: now)
        #expect(membership.members.map(\.state.clusterAddress) == ["h:2"])
    }

    @Test("who gives no sign of life for long is forgotten, a configured address is not")
    mutating func expiry() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.announced("h:2", isStatic: true, now: now)
        for address in ["h:1", "h:2"] {
            membership.observed(address, state(address, at: address), now: now)
            for _ in 0..<3 { membership.failed(address, now: now) }
        }
        now += .seconds(14)
        let result8 = membership.expire(now: now)
        #expect(!result8)
        now += .seconds(2)
        let result9 = membership.expire(now: now)
        #expect(result9)
        #expect(membership.addresses == ["h:2"])
    }

    @Test("a member that drained and stopped answering is gone at once")
    func drained() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1", .draining), now: now)
        for _ in 0..<3 { membership.failed("h:1", now: now) }
        #expect(membership.members.isEmpty)
    }
}

struct MemberLifeTests {
    @Test("a member drains until every router that asks knows of it")
    func routers() {
        let life = MemberLife()
        let now = ContinuousClock.now
        life.advance(to: .ready)
        life.asked(by: "router-1", saw: .ready, now: now)
        life.asked(by: "router-2", saw: .ready, now: now)
        life.advance(to: .draining)
        #expect(!life.isDrainKnown(now: now))
        life.asked(by: "router-1", saw: .draining, now: now)
        #expect(!life.isDrainKnown(now: now))
        life.asked(by: "router-2", saw: .draining, now: now)
        #expect(life.isDrainKnown(now: now))
    }

    @Test("a router that has gone is not waited for")
    func goneRouter() {
        let life = MemberLife()
        let now = ContinuousClock.now
        life.asked(by: "router-1", saw: .ready, now: now)
        #expect(!life.isDrainKnown(now: now))
        #expect(life.isDrainKnown(now: now + .seconds(4)))
    }

    @Test("status only moves forward")
    func forward() async {
        let life = MemberLife()
        life.advance(to: .draining)
        life.advance(to: .ready)
        #expect(life.status == .draining)
        await life.untilDraining()
    }
}
