// SPDX-License-Identifier: Apache-2.0

/// Who belongs to the cluster, as one router sees it. A pure state machine: observations in, a list of members out.
///
/// Addresses come from discovery, identity and status only from what answers there. Status moves forward within an
/// incarnation; *reachable* is this router's own observation and reversible.
package struct Membership: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Configuration: Sendable {
        /// Failed checks in a row after which a member is not reachable.
        package var fall = 3
        /// Successful checks in a row after which one that was not reachable is again. Two: one that answers now and then
        /// would otherwise come and go. A new incarnation counts from its first answer.
        package var rise = 2
        /// A member that neither announces itself nor answers for that long is forgotten.
        package var forgetAfter: Duration = .seconds(15)

        package init() {}
    }

    package struct Member: Sendable, Hashable {
        package var state: MemberState
        package var isReachable: Bool

        package init(state: MemberState, isReachable: Bool) {
            self.state = state
            self.isReachable = isReachable
        }
    }

    private struct Peer {
        /// The discoveries that list the address. While there is one it is checked, whoever answers there or not.
        var sources: Set<String> = []
        var lastSign: Instant
        var state: MemberState?
        var failures = 0
        var successes = 0
        var isReachable = false
    }

    private let configuration: Configuration
    private var peers: [String: Peer] = [:]

    package init(configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// The addresses to be checked.
    package var addresses: [String] { Array(peers.keys) }

    /// What the member at this address said last.
    package func state(at address: String) -> MemberState? { peers[address]?.state }

    /// One entry an id: of two incarnations the later one counts; one that has several addresses is reachable where it is at
    /// one of them.
    package var members: [Member] {
        var newest: [String: Member] = [:]
        for (_, peer) in peers.sorted(by: { $0.key < $1.key }) {
            guard let state = peer.state, state.status != .gone else { continue }
            let member = Member(state: state, isReachable: peer.isReachable)
            guard let other = newest[state.id] else {
                newest[state.id] = member
                continue
            }
            let isLater = state.incarnation > other.state.incarnation
            let isBetter = state.incarnation == other.state.incarnation && peer.isReachable && !other.isReachable
            if isLater || isBetter { newest[state.id] = member }
        }
        return newest.values.sorted { $0.state.id < $1.state.id }
    }

    // MARK: Discovery

    /// The member itself says that it is at this address.
    package mutating func announced(_ address: String, now: Instant) {
        peers[address, default: Peer(lastSign: now)].lastSign = now
    }

    /// A discovery lists these addresses and no others. Reconciled, not replaced: a member at an address that is no longer
    /// listed stays while it answers. Returns the addresses that are new.
    @discardableResult
    package mutating func listed(_ addresses: Set<String>, by source: String, now: Instant) -> [String] {
        for address in peers.keys where !addresses.contains(address) { peers[address]?.sources.remove(source) }
        var new: [String] = []
        for address in addresses {
            if peers[address] == nil { new.append(address) }
            peers[address, default: Peer(lastSign: now)].sources.insert(source)
        }
        return new
    }

    // MARK: Checks

    /// A check was answered. Returns whether that changed what requests should know.
    @discardableResult
    package mutating func observed(_ address: String, _ state: MemberState, now: Instant) -> Bool {
        guard var peer = peers[address] else { return false }
        let before = peer
        let known = peer.state.flatMap { $0.id == state.id ? $0 : nil }
        // An answer of an earlier run that was overtaken by one of a later run.
        if let known, known.incarnation > state.incarnation { return false }
        let isNew = known?.incarnation != state.incarnation
        peer.lastSign = now
        peer.failures = 0
        peer.successes += 1
        peer.state = state
        // An answer that was overtaken: status only moves forward.
        if let known, !isNew, state.status < known.status { peer.state?.status = known.status }
        if isNew || peer.successes >= configuration.rise { peer.isReachable = true }
        peers[address] = peer
        forgetEarlierRuns(of: state, at: address)
        return before.isReachable != peer.isReachable || before.state?.status != peer.state?.status
            || before.state?.incarnation != peer.state?.incarnation || before.state?.id != peer.state?.id
            || before.state?.address != peer.state?.address
    }

    /// Of one id there is one: an older incarnation elsewhere has been replaced.
    private mutating func forgetEarlierRuns(of state: MemberState, at address: String) {
        for (other, old) in peers where other != address {
            guard let known = old.state, known.id == state.id, known.role == state.role,
                known.incarnation < state.incarnation
            else { continue }
            forget(other)
        }
    }

    /// A check failed. Returns whether what answered there is not reachable from now on.
    @discardableResult
    package mutating func failed(_ address: String, now: Instant) -> Bool {
        guard var peer = peers[address] else { return false }
        peer.successes = 0
        peer.failures += 1
        let falls = peer.isReachable && peer.failures >= configuration.fall
        if falls { peer.isReachable = false }
        peers[address] = peer
        // One that had announced its end has reached it.
        if falls, peer.state?.status == .draining { forget(address) }
        return falls
    }

    /// Forgets those that have given no sign of life for long. Returns whether somebody was forgotten.
    @discardableResult
    package mutating func expire(now: Instant) -> Bool {
        let gone = peers.filter { !$0.value.isReachable && $0.value.lastSign + configuration.forgetAfter < now }
        for address in gone.keys { forget(address) }
        return gone.values.contains { $0.state != nil }
    }

    /// Who was there is no member any more. The address is still checked while a discovery lists it.
    private mutating func forget(_ address: String) {
        guard let peer = peers[address] else { return }
        peers[address] = peer.sources.isEmpty ? nil : Peer(sources: peer.sources, lastSign: peer.lastSign)
    }
}
