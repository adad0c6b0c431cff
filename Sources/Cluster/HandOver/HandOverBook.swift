// SPDX-License-Identifier: Apache-2.0

/// Why documents get another owner.
package enum HandOverReason: Sendable, Hashable {
    /// A member is about to be ready.
    case joins
    /// A member drains.
    case leaves
    /// A member is not reachable, without a word.
    case lost
}

/// One change of the membership because of which hot documents are opened elsewhere.
package struct HandOverEvent: Sendable, Hashable {
    package var reason: HandOverReason
    package var member: MemberState
    /// What the member was asked for most, also in an earlier run.
    package var hot: [String]
    /// Seconds for which a member of that id had been ready before it was restarted in place; 0 for one that is new.
    package var standing: Double

    package init(reason: HandOverReason, member: MemberState, hot: [String], standing: Double = 0) {
        self.reason = reason
        self.member = member
        self.hot = hot
        self.standing = standing
    }
}

/// Says when a hand-over is due: once for each change of each incarnation. A pure state machine: pictures of the membership
/// in, events out.
package struct HandOverBook: Sendable {
    private struct Entry {
        var incarnation: Int
        var status: MemberStatus
        var isReachable: Bool
    }

    private var entries: [String: Entry] = [:]
    /// By id, what it was asked for most when it last said so: after a restart in place it will be its own again.
    private var hot: [String: [String]] = [:]
    /// By id, how long it had been ready when it last said so, and when that was.
    private var standings: [String: (age: Double, seen: ContinuousClock.Instant)] = [:]
    /// Members that drain and keep their place until those are warm who come after them. By id, their incarnation.
    private var holding: [String: Int] = [:]

    /// Members that have left are remembered up to this number.
    private static let mostRemembered = 1024
    /// One that is back within this time was restarted in place and has its documents back at once; a rolling update of an
    /// orchestrator takes less. After it others have long opened them.
    private static let keepsPlace: Duration = .seconds(120)

    package init() {}

    /// Whether a draining member is still routed to as if it were ready.
    package func isHeld(_ state: MemberState) -> Bool { holding[state.id] == state.incarnation }

    /// Takes note of the members and returns what is to be done because of what has changed.
    package mutating func update(
        _ members: [Membership.Member], now: ContinuousClock.Instant = .now
    ) -> [HandOverEvent] {
        standings = standings.filter { $0.value.seen + Self.keepsPlace >= now }
        let events = members.compactMap { event(for: $0) }
        let present = Set(members.map(\.state.id))
        entries = entries.filter { present.contains($0.key) }
        holding = holding.filter { present.contains($0.key) }
        for event in events where event.reason == .leaves && isOwner(event.member) {
            holding[event.member.id] = event.member.incarnation
        }
        for member in members { note(member, now) }
        if hot.count > Self.mostRemembered { hot = hot.filter { present.contains($0.key) } }
        return events
    }

    /// What the event asked for is done, or given up.
    package mutating func finished(_ event: HandOverEvent) {
        if holding[event.member.id] == event.member.incarnation { holding[event.member.id] = nil }
    }

    private func event(for member: Membership.Member) -> HandOverEvent? {
        let state = member.state
        let known = entries[state.id].flatMap { $0.incarnation == state.incarnation ? $0 : nil }
        let reason: HandOverReason
        switch (state.status, member.isReachable) {
        case (.joining, true) where known == nil || known?.isReachable == false: reason = .joins
        case (.draining, true) where known == nil || known.map { $0.status < .draining } == true: reason = .leaves
        case (.ready, false) where known?.isReachable == true: reason = .lost
        default: return nil
        }
        let hot = state.hot.isEmpty ? self.hot[state.id] ?? [] : state.hot
        return HandOverEvent(
            reason: reason, member: state, hot: hot,
            standing: reason == .joins ? standings[state.id]?.age ?? 0 : 0)
    }

    /// Whether requests have been sent to the member: only then has it a place to keep.
    private func isOwner(_ state: MemberState) -> Bool {
        guard let known = entries[state.id] else { return false }
        return known.incarnation == state.incarnation && known.status == .ready && known.isReachable
    }

    private mutating func note(_ member: Membership.Member, _ now: ContinuousClock.Instant) {
        let state = member.state
        if member.isReachable, state.status == .ready { standings[state.id] = (state.age, now) }
        entries[state.id] = Entry(
            incarnation: state.incarnation, status: state.status, isReachable: member.isReachable)
        if !state.hot.isEmpty { hot[state.id] = state.hot }
    }
}
