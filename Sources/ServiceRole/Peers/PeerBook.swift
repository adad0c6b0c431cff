// SPDX-License-Identifier: Apache-2.0

import Cluster
import TileModel

/// Which members to ask for a document's blocks. A pure state machine over cluster addresses.
struct PeerBook {
    typealias Instant = ContinuousClock.Instant

    /// Who was named as having a document, those named last first. Kept in two generations: when the younger one is full it
    /// becomes the older one, which is forgotten.
    private var young: [DocumentID: [String]] = [:]
    private var old: [DocumentID: [String]] = [:]
    private var paused: [String: Instant] = [:]

    private static let mostDocuments = 5_000
    private static let mostNamed = 3
    /// The opener, and one more: each costs up to its deadline when it is slow.
    private static let mostAsked = 2
    /// One that failed is left alone for so long: about as long as it takes until routers see that it is gone.
    private static let pause: Duration = .seconds(1)

    /// A member is said to have a document.
    mutating func named(_ address: String, for document: DocumentID) {
        let others = (young[document] ?? old[document] ?? []).filter { $0 != address }
        if young.count >= Self.mostDocuments { (old, young) = (young, [:]) }
        young[document] = Array(([address] + others).prefix(Self.mostNamed))
    }

    mutating func failed(_ address: String, now: Instant) {
        paused = paused.filter { $0.value > now }
        paused[address] = now + Self.pause
    }

    /// Who is asked, in this order: those who were named; those who announce that it is among their hot documents; the portal
    /// that opens it.
    /// - Parameter others: all members but this one.
    func candidates(for document: DocumentID, among others: [MemberState], now: Instant) -> [String] {
        let segment = document.pathSegment
        let holders = others.filter { $0.status != .gone && $0.hot.contains(segment) }
        let portal = OpeningPortal.of(document, among: others)
        let all = named(document) + (holders + [portal].compactMap(\.self)).map(\.clusterAddress)
        var seen: Set<String> = []
        let distinct = all.filter { !$0.isEmpty && seen.insert($0).inserted }
        return Array(distinct.filter { paused[$0].map { $0 <= now } ?? true }.prefix(Self.mostAsked))
    }

    private func named(_ document: DocumentID) -> [String] { young[document] ?? old[document] ?? [] }
}
