// SPDX-License-Identifier: Apache-2.0

package import LoadDriver

/// What is looked at in one comparison.
package enum PeerWorkload: String, Sendable, Codable, CaseIterable {
    case pdf
    case tiff

    package var title: String {
        switch self {
        case .pdf: "PDF, PNG or JPEG tiles as our viewer asks for them"
        case .tiff: "pyramid TIFF, JPEG tiles that are tiles of the file"
        }
    }

    /// The tiles that readers ask for, without the structure streams, which only ours has.
    package func trace(_ shapes: [DocumentShape], plan: PeerPlan, repetition: Int) -> Trace {
        var readers = ReaderPlan()
        // The levels of a pyramid: another reduction would cost a server of pyramids a level more than it wants.
        if self == .tiff { readers.reductions = [32, 16, 8, 4, 2, 1] }
        var trace = Trace.planned(
            documents: shapes, seed: plan.seed &+ UInt64(repetition), duration: plan.seconds, rate: plan.rate,
            plan: readers)
        trace.requests.removeAll { $0.kind != .tile }
        return trace
    }
}

extension Trace {
    /// The same tiles, addressed as a server wants it.
    func addressed(_ path: (PlannedRequest) -> String) -> Trace {
        var trace = self
        for place in trace.requests.indices { trace.requests[place].path = path(requests[place]) }
        return trace
    }

    /// Each tile once, all due at once: readers with six connections each take them as fast as they come.
    func onceEach(readers: Int) -> Trace {
        var seen: Set<String> = []
        var trace = self
        trace.requests = requests.filter { seen.insert($0.path).inserted }
        for place in trace.requests.indices {
            trace.requests[place].time = 0
            trace.requests[place].reader = place % readers
        }
        return trace
    }

    /// Several times one after the other in the time of one, by the same readers over the connections that they have.
    func replayed(_ times: Int, within duration: Double) -> Trace {
        var trace = self
        trace.requests = (0..<times).flatMap { round in
            requests.map { request in
                var request = request
                request.time = (duration * Double(round) + request.time) / Double(times)
                return request
            }
        }
        return trace
    }
}
