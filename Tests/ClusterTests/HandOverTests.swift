// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster
import Testing

struct HandOverTests {
    private func member(
        _ id: String, _ status: MemberStatus = .ready, role: MemberRole = .node, incarnation: Int = 1,
        isReachable: Bool = true, hot: [String] = []
    ) -> Membership.Member {
        Membership.Member(
            state: MemberState(
                id: id, incarnation: incarnation, role: role, status: status, address: "\(id):1",
                clusterAddress: "\(id):2", capacity: 1, hot: hot),
            isReachable: isReachable)
    }

    private let documents = (1...40).map { "document-\($0).pdf" }

    private func owner(of document: String, among ids: [String]) -> String? {
        let table = RoutingTable(ids.map { RoutingNode(id: $0) })
        var list = CandidateList()
        DocumentPolicy().rank(RoutingRequest(AffinityKey(document.utf8)), table, load: { _ in 0 }, into: &list)
        return list.indices.first.map { table.nodes[$0].id }
    }

    // MARK: When

    @Test("a member that joins is an event once, and again in its next run")
    func joining() {
        var book = HandOverBook()
        let reasons = [
            [member("a", .joining)], [member("a", .joining)], [member("a")], [member("a", .joining, incarnation: 2)],
        ].map { book.update($0).map(\.reason) }
        #expect(reasons == [[.joins], [], [], [.joins]])
    }

    @Test("a member that is back soon has the standing that it had, a new one and a late one have none")
    func standing() {
        let start = ContinuousClock.now
        for (seconds, expected) in [(1, 500.0), (119, 500), (121, 0)] {
            var book = HandOverBook()
            var old = member("a")
            old.state.age = 500
            _ = book.update([old], now: start)
            _ = book.update([], now: start)
            let events = book.update(
                [member("a", .joining, incarnation: 2), member("b", .joining)],
                now: start + .seconds(seconds))
            #expect(events.map(\.standing) == [expected, 0])
        }
    }

    @Test("a member that drains is an event once, and keeps its place until it is finished")
    func draining() {
        var book = HandOverBook()
        _ = book.update([member("a")])
        let events = book.update([member("a", .draining)])
        #expect(events.map(\.reason) == [.leaves])
        #expect(book.isHeld(member("a").state))
        let again = book.update([member("a", .draining)])
        #expect(again.isEmpty)
        book.finished(events[0])
        #expect(!book.isHeld(member("a").state))
    }

    @Test("a member that drained before this router knew it has no place to keep")
    func alreadyDraining() {
        var book = HandOverBook()
        let events = book.update([member("a", .draining)])
        #expect(events.map(\.reason) == [.leaves])
        #expect(!book.isHeld(member("a").state))
    }

    @Test("a ready member that is out of reach is lost, once each time")
    func lost() {
        var book = HandOverBook()
        let reasons = [true, false, false, true, false].map { isReachable in
            book.update([member("a", isReachable: isReachable)]).map(\.reason)
        }
        #expect(reasons == [[], [.lost], [], [], [.lost]])
    }

    @Test("what a member was asked for is remembered over its restart")
    func memory() {
        var book = HandOverBook()
        _ = book.update([member("a", hot: ["x.pdf"])])
        _ = book.update([])
        let events = book.update([member("a", .joining, incarnation: 2)])
        #expect(events.first?.hot == ["x.pdf"])
    }

    // MARK: What

    @Test("a joining node is sent the hot documents that will be its own, and no others")
    func planForJoining() {
        let others = [member("a", hot: Array(documents.prefix(20))), member("b", hot: Array(documents.suffix(20)))]
        let event = HandOverEvent(reason: .joins, member: member("c", .joining).state, hot: [])
        let plan = HandOverPlan.warmings(for: event, among: others, policy: DocumentPolicy())
        #expect(plan.allSatisfy { $0.owner.id == "c" })
        #expect(Set(plan.map(\.document)) == Set(documents.filter { owner(of: $0, among: ["a", "b", "c"]) == "c" }))
        #expect(!plan.isEmpty)
    }

    @Test(
        "a node that leaves, or is lost, has its documents opened by those that own them then",
        arguments: [
            HandOverReason.leaves, .lost,
        ])
    func planForLeaving(reason: HandOverReason) {
        let leaving = member("c", .draining)
        let members = [member("a", hot: documents), member("b"), leaving]
        let hot = documents.filter { owner(of: $0, among: ["a", "b", "c"]) == "c" }
        let event = HandOverEvent(reason: reason, member: leaving.state, hot: hot)
        let plan = HandOverPlan.warmings(for: event, among: members, policy: DocumentPolicy())
        #expect(Set(plan.map(\.document)) == Set(hot))
        #expect(plan.allSatisfy { $0.owner.id == owner(of: $0.document, among: ["a", "b"]) })
    }

    @Test("two routers make the same plan, in whatever order they know the members")
    func agreement() {
        let members = ["a", "b", "c"].map { member($0, hot: documents) }
        let event = HandOverEvent(reason: .joins, member: member("d", .joining).state, hot: [])
        let first = HandOverPlan.warmings(for: event, among: members, policy: DocumentPolicy())
        let second = HandOverPlan.warmings(for: event, among: members.reversed(), policy: DocumentPolicy())
        #expect(Set(first) == Set(second))
    }

    @Test("under a policy that does not route by document nothing is handed over")
    func otherPolicies() {
        let event = HandOverEvent(reason: .joins, member: member("b", .joining).state, hot: [])
        let members = [member("a", hot: documents)]
        #expect(HandOverPlan.warmings(for: event, among: members, policy: RoundRobinPolicy()).isEmpty)
    }

    @Test("members that cannot take it are not asked: draining, joining, out of reach")
    func onlyReady() {
        let members = [
            member("a", .draining), member("b", .joining), member("c", isReachable: false), member("d"),
        ]
        let event = HandOverEvent(reason: .lost, member: member("e", isReachable: false).state, hot: documents)
        let plan = HandOverPlan.warmings(for: event, among: members, policy: DocumentPolicy())
        #expect(Set(plan.map(\.owner.id)) == ["d"])
    }

    @Test("portals hand over among themselves, by document whatever the policy for nodes")
    func portals() {
        let members = [member("n", hot: ["node.pdf"]), member("p", role: .portal, hot: documents)]
        let event = HandOverEvent(reason: .joins, member: member("q", .joining, role: .portal).state, hot: [])
        let plan = HandOverPlan.warmings(for: event, among: members, policy: RoundRobinPolicy())
        #expect(Set(plan.map(\.document)) == Set(documents.filter { owner(of: $0, among: ["p", "q"]) == "q" }))
    }

    @Test("one member opens no more than it can keep, the hottest first")
    func bounds() {
        let many = (1...500).map { "document-\($0).pdf" }
        let event = HandOverEvent(reason: .lost, member: member("a", isReachable: false).state, hot: many)
        let plan = HandOverPlan.warmings(for: event, among: [member("b")], policy: DocumentPolicy())
        let moving = many.filter { owner(of: $0, among: ["a", "b"]) == "a" }
        #expect(plan.map(\.document) == Array(moving.prefix(64)))
    }
}
