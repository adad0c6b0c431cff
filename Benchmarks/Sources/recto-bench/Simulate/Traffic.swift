// SPDX-License-Identifier: Apache-2.0

import Affinity

/// Requests in a row. Each is under way until a fixed number of others have come; nodes keep every document that they ever
/// opened, which flatters those who spread documents widely.
struct Traffic {
    private let documents: SimulatedDocuments
    /// The part of all requests that is for one document.
    private let hotShare: Double
    private var draws = RoutingDraws(seed: 1)
    private var underWay: [Int] = []
    private var oldest = 0
    private let mostUnderWay: Int

    private(set) var loads: [Int]
    private(set) var served: [Int]
    private(set) var cold = 0
    private(set) var hotNodes = Set<Int>()
    private var opened: [Set<Int32>]

    /// Mean of the requests under way at a node: above the floor of 16, so that the bound has something to do.
    static let depth = 24

    init(_ documents: SimulatedDocuments, members: Int, hotShare: Double = 0) {
        self.documents = documents
        self.hotShare = hotShare
        mostUnderWay = members * Self.depth
        loads = [Int](repeating: 0, count: members + 1)
        served = loads
        opened = [Set<Int32>](repeating: [], count: members + 1)
    }

    mutating func run(_ requests: Int, _ balancer: any Balancer) {
        for _ in 0..<requests {
            let isHot = Double(draws.next() >> 11) / Double(1 << 53) < hotShare
            let document = isHot ? 0 : documents.document(draws.next())
            let member = balancer.choose(documents.keys[document], draws.next(), loads)
            begin(member)
            served[member] += 1
            if opened[member].insert(Int32(document)).inserted { cold += 1 }
            if document == 0 { hotNodes.insert(member) }
        }
    }

    private mutating func begin(_ member: Int) {
        loads[member] += 1
        guard underWay.count == mostUnderWay else { return underWay.append(member) }
        loads[underWay[oldest]] -= 1
        underWay[oldest] = member
        oldest = (oldest + 1) % mostUnderWay
    }

    /// Counts from here on.
    mutating func startCounting() {
        served = served.map { _ in 0 }
        cold = 0
        hotNodes = []
    }

    /// A node lost what it had open.
    mutating func forget(_ member: Int) { opened[member] = [] }

    /// The most that one of the members served, by the mean.
    func skew(_ members: Int) -> Double {
        let counts = served.prefix(members)
        return Double(counts.max() ?? 0) * Double(members) / Double(counts.reduce(0, +))
    }
}
