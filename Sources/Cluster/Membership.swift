// SPDX-License-Identifier: Apache-2.0

/// Who belongs to the cluster, as one router sees it. A pure state machine: observations in, a list of members out.
///
/// Addresses come from discovery, identity and status only from what answers there. Status moves forward within an
/// incarnation; *reachable* is this router's own observation and reversible.
package struct Membership: Sendable {
    package typealias Instant = ContinuousClock.Instant

    package struct Configuration: Sendable {
        /// Failed checks in a row after which a member is not reachable, and successful ones after which it is again.
        package var fall = 3
        package var rise = 1
        /// An address that neither announces itself nor answers for that long is forgotten.
        package var forgetAfter: Duration = .seconds(15)

        package init() {}
    }

    package struct Member: Sendable, Hashable {
        package var state: MemberState
        package var isReachable: Bool
    }

    private struct Peer {
        var isStatic: Bool
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

    /// One entry an id: of two incarnations the later one counts.
    package var members: [Member] {
        var newest: [String: Member] = [:]
        for peer in peers.values {
            guard let state = peer.state, state.status != .gone else { continue }
            if let other = newest[state.id], other.state.incarnation >= state.incarnation { continue }
            newest[state.id] = Member(state: state, isReachable: peer.isReachable)
        }
        return newest.values.sorted { $0.state.id < $1.state.id }
    }

    /// Discovery, or the member itself, says that somebody is at this address.
    package mutating func announced(_ address: String, isStatic: Bool = false, now: Instant) {
        if peers[address] == nil {
            peers[address] = Peer(isStatic: isStatic, lastSign: now)
        } else {
            peers[address]?.lastSign = now
        }
    }

    /// A check was answered. Returns whether that changed what requests should know.
    @discardableResult
    package mutating func observed(_ address: String, _ state: MemberState, now: Instant) -> Bool {
        guard var peer = peers[address] else { return false }
        let before = peer
        peer.lastSign = now
        peer.failures = 0
        peer.successes += 1
        if let known = peer.state, known.id == state.id, known.incarnation == state.incarnation,
            state.status < known.status
        {
            // An answer that was overtaken: status only moves forward.
            peer.state = state
            peer.state?.status = known.status
        } else {
            peer.state = state
        }
        if peer.successes >= configuration.rise { peer.isReachable = true }
        peers[address] = peer
        // Of one id there is one: an older incarnation elsewhere has been replaced.
        for (other, old) in peers where other != address && !old.isStatic {
            guard let known = old.state, known.id == state.id, known.role == state.role,
                known.incarnation < state.incarnation
            else { continue }
            peers[other] = nil
        }
        return before.isReachable != peer.isReachable || before.state?.status != peer.state?.status
            || before.state?.incarnation != peer.state?.incarnation || before.state?.id != peer.state?.id
            || before.state?.address != peer.state?.address
    }

    /// A check failed. Returns whether the member is not reachable from now on.
    @discardableResult
    package mutating func failed(_ address: String, now: Instant) -> Bool {
        guard var peer = peers[address] else { return false }
        peer.successes = 0
        peer.failures += 1
        let falls = peer.isReachable && peer.failures >= configuration.fall
        if falls { peer.isReachable = false }
        // One that had announced its end has reached it.
        peers[address] = falls && peer.state?.status == .draining && !peer.isStatic ? nil : peer
        return falls
    }

    /// Forgets those that have given no sign of life for long. Returns whether somebody was forgotten.
    @discardableResult
    package mutating func expire(now: Instant) -> Bool {
        let gone = peers.filter {
            !$0.value.isStatic && !$0.value.isReachable && $0.value.lastSign + configuration.forgetAfter < now
        }
        for address in gone.keys { peers[address] = nil }
        return gone.values.contains { $0.state != nil }
    }
}
