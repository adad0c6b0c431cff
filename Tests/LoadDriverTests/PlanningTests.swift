// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LoadDriver

struct PlanningTests {
    private static let documents = (0..<20).map { number in
        DocumentShape(
            path: "\(number).pdf", bytes: 1000,
            pages: Array(
                repeating: DocumentShape.Page(width: 612, height: 792, unit: "pt", tiles: "png"), count: 1 + number % 7)
        )
    }

    private static func trace(seed: UInt64 = 1, flippers: Double = 0.1, curve: (Double) -> Double = { _ in 1 }) -> Trace
    {
        var readers = ReaderPlan()
        readers.flipperShare = flippers
        return Trace.planned(
            documents: documents, seed: seed, duration: 60, rate: 50, plan: readers, curve: curve)
    }

    @Test("the same seed plans the same requests, another one others")
    func seeded() {
        #expect(Self.trace().requests == Self.trace().requests)
        #expect(Self.trace().requests != Self.trace(seed: 2).requests)
    }

    @Test("requests come in the order of their times, within the run, at about the rate")
    func rate() {
        let trace = Self.trace()
        #expect(zip(trace.requests, trace.requests.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(trace.requests.allSatisfy { (0..<60).contains($0.time) })
        #expect((1500...6000).contains(trace.requests.count))
    }

    @Test("every reader takes the structure before anything else, and each tile once")
    func readers() {
        for (_, own) in Dictionary(grouping: Self.trace().requests, by: \.reader) {
            #expect(own.first?.kind == .structure)
            #expect(Set(own.map(\.path)).count == own.count)
        }
    }

    @Test("readers come back for the same document and for others, and a browser keeps what it has")
    func returning() {
        var readers = ReaderPlan()
        readers.returnShare = 1
        let trace = Trace.planned(documents: Self.documents, seed: 1, duration: 120, rate: 50, plan: readers)
        let visits = Dictionary(grouping: trace.requests.filter { $0.kind == .structure }, by: \.reader).values
        #expect(visits.contains { Set($0.map(\.document)).count > 1 })
        #expect(visits.contains { $0.count > Set($0.map(\.document)).count })
        for (_, own) in Dictionary(grouping: trace.requests, by: \.reader) {
            let tiles = own.filter { $0.kind == .tile }.map(\.path)
            #expect(Set(tiles).count == tiles.count)
            // Every look belongs to the visit that was begun last.
            var visit = -1
            for request in own {
                if request.kind == .structure { visit = request.look / ReaderPlan.looksOfVisit }
                #expect(request.look / ReaderPlan.looksOfVisit == visit)
            }
        }
    }

    @Test("one who flips through everything sees every page")
    func flipper() {
        var generator = SeededGenerator(seed: 3)
        var readers = ReaderPlan()
        readers.flipperShare = 1
        for (place, shape) in Self.documents.enumerated() {
            let requests = readers.requests(reader: 1, document: place, shape: shape, start: 0, &generator)
            #expect(Set(requests.filter { $0.kind == .tile }.map(\.page)) == Set(1...shape.pages.count))
        }
    }

    @Test("a rush has the same requests, the readers' first ones within a tenth of the time")
    func rush() {
        let (calm, rush) = (Self.trace(), Self.trace().rushed())
        #expect(Set(calm.requests.map(\.path)) == Set(rush.requests.map(\.path)))
        #expect(calm.requests.count == rush.requests.count)
        let starts = Dictionary(grouping: rush.requests, by: \.reader).values.compactMap { $0.map(\.time).min() }
        #expect(starts.allSatisfy { (0...6).contains($0) })
        #expect(zip(rush.requests, rush.requests.dropFirst()).allSatisfy { $0.time <= $1.time })
    }

    @Test("where the curve is low few readers come")
    func curve() {
        let trace = Self.trace { $0 < 0.5 ? 0.05 : 1 }
        let openings = trace.requests.filter { $0.kind == .structure && $0.time > 5 }
        #expect(openings.count { $0.time < 30 } * 4 < openings.count { $0.time >= 30 })
    }
}
