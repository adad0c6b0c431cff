// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Trace {
    /// Readers come at random (a Poisson process), open documents by popularity, and two often read the same one.
    /// - Parameters:
    ///   - rate: requests a second that shall result, on average.
    ///   - hotShare: the share of readers who all open the same document.
    ///   - curve: how the rate goes up and down, by the part of the duration that has passed: 1 is `rate`.
    ///   - companions: the share of readers who open what somebody opened just before.
    package static func planned(
        documents: [DocumentShape], seed: UInt64, duration: Double, rate: Double, plan: ReaderPlan = ReaderPlan(),
        exponent: Double = 1, companions: Double = 0.25, hotShare: Double = 0,
        curve: (Double) -> Double = { _ in 1 }
    ) -> Trace {
        var generator = SeededGenerator(seed: seed)
        let shuffled = documents.shuffled(using: &generator)
        let popularity = Popularity(count: shuffled.count, exponent: exponent)
        let perReader = requestsPerReader(shuffled, popularity, plan, generator.split())
        var requests: [PlannedRequest] = []
        // Readers who came before the beginning and are still there make the first minute like the others.
        var time = -lookBack
        var latest = 0
        var reader = 0
        while time < duration {
            var own = generator.split()
            time += -log(1 - own.unit()) * perReader / (rate * max(0.01, curve(max(0, time) / duration)))
            let isHot = own.unit() < hotShare
            let document = isHot ? 0 : own.unit() < companions ? latest : popularity.draw(&own)
            latest = document
            for visit in visits(reader, document, at: time, shuffled, popularity, plan, &own) {
                requests += within(duration, visit)
            }
            reader += 1
        }
        requests.sort { ($0.time, $0.reader, $0.path) < ($1.time, $1.reader, $1.path) }
        return Trace(seed: seed, documents: shuffled, requests: requests)
    }

    /// The same readers, who come in a tenth of the time: as when everybody returns after an outage.
    package func rushed() -> Trace {
        var starts: [Int: Double] = [:]
        for request in requests where starts[request.reader] == nil { starts[request.reader] = request.time }
        var trace = self
        for place in requests.indices { trace.requests[place].time -= 0.9 * (starts[requests[place].reader] ?? 0) }
        trace.requests.sort { ($0.time, $0.reader, $0.path) < ($1.time, $1.reader, $1.path) }
        return trace
    }

    /// The same requests in so much less time, for a server that needs none to answer.
    package func faster(_ factor: Double) -> Trace {
        var trace = self
        for place in requests.indices { trace.requests[place].time /= factor }
        return trace
    }

    /// Requests for one page of another application at random times, by ten clients.
    package static func foreign(path: String, seed: UInt64, duration: Double, rate: Double) -> Trace {
        var generator = SeededGenerator(seed: seed)
        var requests: [PlannedRequest] = []
        var time = 0.0
        while true {
            time += -log(1 - generator.unit()) / rate
            guard time < duration else { break }
            requests.append(
                PlannedRequest(
                    time: time, reader: requests.count % 10, document: 0, kind: .foreign, page: 0, path: path, look: 0))
        }
        return Trace(seed: seed, documents: [], requests: requests)
    }

    private static let lookBack = 120.0

    /// What one reader asks for, by visit.
    private static func visits(
        _ reader: Int, _ first: Int, at start: Double, _ documents: [DocumentShape], _ popularity: Popularity,
        _ plan: ReaderPlan, _ generator: inout SeededGenerator
    ) -> [[PlannedRequest]] {
        var visits: [[PlannedRequest]] = []
        var (document, time) = (first, start)
        var known: Set<String> = []
        while true {
            let visit = plan.requests(
                reader: reader, document: document, shape: documents[document], start: time, visit: visits.count,
                known: known, &generator)
            visits.append(visit)
            guard plan.returnShare > 0, visits.count < plan.mostVisits, generator.unit() < plan.returnShare else {
                return visits
            }
            known.formUnion(visit.lazy.filter { $0.kind == .tile }.map(\.path))
            let left = (visit.last?.time ?? time) + plan.thinking(&generator)
            time = left - log(1 - generator.unit()) * plan.absence
            if generator.unit() < 0.5 { document = popularity.draw(&generator) }
        }
    }

    private static func requestsPerReader(
        _ documents: [DocumentShape], _ popularity: Popularity, _ plan: ReaderPlan, _ generator: SeededGenerator
    ) -> Double {
        var generator = generator
        let sample = 2_000
        let total = (0..<sample).reduce(0) { total, _ in
            let document = popularity.draw(&generator)
            return total
                + visits(0, document, at: 0, documents, popularity, plan, &generator).reduce(0) { $0 + $1.count }
        }
        return Double(total) / Double(sample)
    }

    /// What falls into the run. A reader who is there already takes the structure as the run begins.
    private static func within(_ duration: Double, _ all: [PlannedRequest]) -> [PlannedRequest] {
        var kept = all.filter { (0..<duration).contains($0.time) }
        guard let first = kept.first, var opening = all.first, first.kind != .structure else { return kept }
        opening.time = max(0, first.time - 0.5)
        kept.insert(opening, at: 0)
        return kept
    }
}
