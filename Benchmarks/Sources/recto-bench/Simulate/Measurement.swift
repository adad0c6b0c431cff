// SPDX-License-Identifier: Apache-2.0

import Affinity
import CAllocations

/// What was found for one way to choose, with one number of nodes.
struct Measurement: Codable {
    var balancer: String
    var nodes: Int
    /// Most requests of one node by the mean, with Zipf's popularity and with a third of all requests for one document.
    var skew: Double?
    var hotSkew: Double?
    /// Nodes that had the hot document.
    var hotNodes: Int?
    /// Parts of the documents that have another owner after a node joined or left, and what is ideal.
    var joinMoved: Double?
    var joinIdeal: Double
    var leaveMoved: Double?
    var leaveIdeal: Double
    /// Of those that moved, documents between two nodes that were there before and after.
    var strayMoved: Double?
    /// Look-ups at a node that had not opened the document, per thousand requests, beyond those without the event.
    var coldWithoutEvent: Double?
    var coldAfterJoin: Double?
    var coldAfterLeave: Double?
    /// The node came back under its name, empty, at once.
    var coldAfterCrash: Double?
    var lookUpNanoseconds: Double
    var allocationsPerLookUp: Double
    var buildMilliseconds: Double
}

/// Takes the measurements of one way to choose.
struct Measuring {
    let entry: Balancers.Entry
    let documents: SimulatedDocuments
    let nodes: Int
    let requests: Int

    private var members: [Int] { Array(0..<nodes) }
    private var withoutOne: [Int] { members.filter { $0 != nodes / 2 } }

    private func part(of member: Int, _ members: [Int]) -> Double {
        Double(entry.weight(member)) / Double(members.reduce(0) { $0 + entry.weight($1) })
    }

    func run() -> Measurement {
        let start = ContinuousClock.now
        let balancer = entry.make(members)
        let building = start.duration(to: .now)
        var result = Measurement(
            balancer: entry.name, nodes: nodes, joinIdeal: part(of: nodes, members + [nodes]),
            leaveIdeal: part(of: nodes / 2, members),
            lookUpNanoseconds: 0, allocationsPerLookUp: 0, buildMilliseconds: building / .milliseconds(1))
        measureLookUps(balancer, &result)
        if entry.isKeyed { measureMovement(balancer, &result) }
        if !entry.isAlternative {
            measureBalance(&result)
            measureEvents(&result)
        }
        return result
    }

    /// The best of several rounds: the machine may be doing something else. So many keys that no processor learns them.
    private func measureLookUps(_ balancer: any Balancer, _ result: inout Measurement) {
        let loads = [Int](repeating: 0, count: nodes + 1)
        func lookUp(_ count: Int) -> Duration {
            var sum = 0
            let start = ThreadTime.now
            for number in 0..<count {
                sum &+= balancer.choose(documents.keys[number], UInt64(number) &* 0x9E37_79B9_7F4A_7C15, loads)
            }
            let time = ThreadTime.now - start
            // Without a use of them the look-ups would be left out.
            precondition(sum > 0)
            return time
        }
        let slow = lookUp(500) / 500
        let count = slow > .microseconds(20) ? 1000 : 20_000
        var best = Duration.seconds(3600)
        let before = recto_allocations()
        for _ in 0..<15 { best = min(best, lookUp(count)) }
        result.allocationsPerLookUp = Double(recto_allocations() - before) / Double(15 * count)
        result.lookUpNanoseconds = best / .nanoseconds(1) / Double(count)
    }

    private func measureMovement(_ before: any Balancer, _ result: inout Measurement) {
        // All documents where that takes seconds; else every tenth.
        let step = nodes > 100 ? 10 : 1
        let (joined, left) = (entry.make(members + [nodes]), entry.make(withoutOne))
        let loads = [Int](repeating: 0, count: nodes + 1)
        var (joins, leaves, strays, count) = (0, 0, 0, 0)
        for document in stride(from: 0, to: documents.keys.count, by: step) {
            let key = documents.keys[document]
            let (old, more, fewer) = (
                before.choose(key, 0, loads), joined.choose(key, 0, loads), left.choose(key, 0, loads)
            )
            count += 1
            if more != old { joins += 1 }
            if fewer != old { leaves += 1 }
            if more != old && more != nodes { strays += 1 }
            if fewer != old && old != nodes / 2 { strays += 1 }
        }
        result.joinMoved = Double(joins) / Double(count)
        result.leaveMoved = Double(leaves) / Double(count)
        result.strayMoved = Double(strays) / Double(2 * count)
    }

    private func measureBalance(_ result: inout Measurement) {
        for hotShare in [0, 1.0 / 3] {
            var traffic = Traffic(documents, members: nodes, hotShare: hotShare)
            let balancer = entry.make(members)
            traffic.run(nodes * Traffic.depth * 2, balancer)
            traffic.startCounting()
            traffic.run(requests, balancer)
            if hotShare == 0 {
                result.skew = traffic.skew(nodes)
            } else {
                result.hotSkew = traffic.skew(nodes)
                result.hotNodes = traffic.hotNodes.count
            }
        }
    }

    private func measureEvents(_ result: inout Measurement) {
        var before = Traffic(documents, members: nodes)
        let balancer = entry.make(members)
        before.run(requests, balancer)
        before.startCounting()
        func cold(_ after: any Balancer, forgetting: Int? = nil) -> Double {
            var traffic = before
            if let forgetting { traffic.forget(forgetting) }
            traffic.run(requests / 4, after)
            return Double(traffic.cold) / Double(requests / 4) * 1000
        }
        let usual = cold(balancer)
        result.coldWithoutEvent = usual
        result.coldAfterJoin = cold(entry.make(members + [nodes])) - usual
        result.coldAfterLeave = cold(entry.make(withoutOne)) - usual
        result.coldAfterCrash = cold(balancer, forgetting: nodes / 2) - usual
    }
}
