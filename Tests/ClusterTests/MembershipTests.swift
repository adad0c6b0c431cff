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

    @Test("three failed checks make a member unreachable, two good ones bring it back")
    func reachability() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1"), now: now)
        #expect(membership.members[0].isReachable)
        let falls = (1...4).map { _ in membership.failed("h:1", now: now) }
        #expect(falls == [false, false, true, false])
        #expect(!membership.members[0].isReachable)
        let rises = (1...2).map { _ in membership.observed("h:1", state("node-1"), now: now) }
        #expect(rises == [false, true])
        #expect(membership.members[0].isReachable)
    }

    @Test("a member that was restarted is reachable at its first answer")
    func restartInPlace() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1"), now: now)
        for _ in 0..<3 { membership.failed("h:1", now: now) }
        membership.observed("h:1", state("node-1", incarnation: 2), now: now)
        #expect(membership.members[0].isReachable)
    }

    @Test("rise and fall can be set")
    func riseAndFall() {
        var configuration = Membership.Configuration()
        (configuration.rise, configuration.fall) = (3, 1)
        var membership = Membership(configuration: configuration)
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1"), now: now)
        let falls = membership.failed("h:1", now: now)
        #expect(falls)
        let rises = (1...3).map { _ in membership.observed("h:1", state("node-1"), now: now) }
        #expect(rises == [false, false, true])
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
        membership.listed(["h:2"], by: "static", now: now)
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
        #expect(membership.members.isEmpty)
        membership.observed("h:2", state("back", at: "h:2"), now: now)
        #expect(membership.members.map(\.state.id) == ["back"])
    }

    @Test("a member whose address a discovery no longer lists stays while it answers, and goes by the usual rule")
    mutating func reconciled() {
        var membership = Membership()
        let first = membership.listed(["h:1", "h:2"], by: "dns", now: now)
        #expect(first.sorted() == ["h:1", "h:2"])
        for address in first { membership.observed(address, state(address, at: address), now: now) }
        let second = membership.listed(["h:2", "h:3"], by: "dns", now: now)
        #expect(second == ["h:3"])
        now += .seconds(20)
        for address in ["h:1", "h:2"] { membership.observed(address, state(address, at: address), now: now) }
        membership.expire(now: now)
        #expect(membership.members.map(\.state.id) == ["h:1", "h:2"])
        for _ in 0..<3 { membership.failed("h:1", now: now) }
        now += .seconds(16)
        membership.expire(now: now)
        #expect(Set(membership.addresses) == ["h:2", "h:3"])
    }

    @Test("one discovery does not take away what another lists")
    func twoSources() {
        var membership = Membership()
        membership.listed(["h:1"], by: "a", now: now)
        membership.listed(["h:1"], by: "b", now: now)
        membership.listed(["h:2"], by: "a", now: now)
        membership.expire(now: now + .seconds(60))
        #expect(Set(membership.addresses) == ["h:1", "h:2"])
    }

    @Test("a member with two addresses is one, and reachable while it is at one of them")
    func twoAddresses() {
        var membership = Membership()
        membership.listed(["[::1]:1", "h:1"], by: "dns", now: now)
        membership.observed("h:1", state("node-1"), now: now)
        membership.observed("[::1]:1", state("node-1"), now: now)
        #expect(membership.members.count == 1)
        for _ in 0..<3 { membership.failed("[::1]:1", now: now) }
        #expect(membership.members[0].isReachable)
        for _ in 0..<3 { membership.failed("h:1", now: now) }
        #expect(!membership.members[0].isReachable)
    }

    @Test("an answer of an earlier run that was overtaken changes nothing")
    func overtakenRun() {
        var membership = Membership()
        membership.announced("h:1", now: now)
        membership.observed("h:1", state("node-1", incarnation: 2), now: now)
        let result = membership.observed("h:1", state("node-1", .draining, incarnation: 1), now: now)
        #expect(!result)
        #expect(membership.members[0].state.incarnation == 2)
        #expect(membership.members[0].state.status == .ready)
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

    @Test("a member has handed over when every router that asks says so, of the drain and not of the join")
    func handOver() {
        let life = MemberLife()
        let now = ContinuousClock.now
        for router in ["router-1", "router-2"] { life.asked(by: router, saw: .joining, now: now) }
        life.handedOver(by: "router-1", now: now)
        #expect(life.status == .joining)
        life.handedOver(by: "router-2", now: now)
        #expect(life.status == .ready)
        life.advance(to: .draining)
        #expect(!life.isHandedOver(now: now))
        for router in ["router-1", "router-2"] { life.handedOver(by: router, now: now) }
        #expect(life.isHandedOver(now: now))
    }

    @Test("a member that was restarted in place goes on with the age of its predecessor")
    func standing() {
        let life = MemberLife()
        let now = ContinuousClock.now
        for router in ["router-1", "router-2"] { life.asked(by: router, saw: .joining, now: now) }
        life.handedOver(by: "router-1", standing: 500, now: now)
        life.handedOver(by: "router-2", standing: 0, now: now)
        #expect(life.status == .ready && (500..<600).contains(life.age))
    }

    @Test("a member tells which routers ask it, and how each sees the cluster")
    func sightings() {
        let life = MemberLife()
        let now = ContinuousClock.now
        life.asked(by: "router-2", saw: .ready, view: "b", now: now)
        life.asked(by: "router-1", saw: .ready, view: "a", now: now)
        #expect(
            life.routers(now: now) == [
                RouterSighting(id: "router-1", view: "a"), RouterSighting(id: "router-2", view: "b"),
            ])
        #expect(life.routers(now: now + .seconds(4)).isEmpty)
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
