// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import LoadDriver
@testable import RoutingBenchmark

struct FiguresTests {
    private static let page = DocumentShape.Page(width: 612, height: 792, unit: "pt", tiles: "png")

    /// A reader opens a document of two pages, looks at both, and is answered by two nodes.
    private static func run(preview: Double?) -> (samples: [Sample], trace: Trace) {
        func request(_ time: Double, _ kind: PlannedRequest.Kind, _ page: Int, _ look: Int) -> PlannedRequest {
            PlannedRequest(
                time: time, reader: 1, document: 0, kind: kind, page: page, path: "\(time)", look: look)
        }
        let trace = Trace(
            seed: 1, documents: [DocumentShape(path: "a%20b.pdf", bytes: 1000, pages: [page, page])],
            requests: [
                request(0, .structure, 0, 0), request(0.1, .tile, 1, 1), request(0.1, .tile, 1, 1),
                request(5, .tile, 2, 2),
            ])
        let samples = trace.requests.enumerated().map { place, request in
            Sample(
                request: place, due: request.time, latency: Double(place + 1) / 10, firstByte: 0,
                firstPage: place == 0 ? preview : nil, status: 200, bytes: 100, member: "node-\(place % 2 + 1)",
                isHit: place == 3, isCold: false, resends: 0)
        }
        return (samples, trace)
    }

    @Test("looks, hits, members and documents are counted")
    func counts() {
        let (samples, trace) = Self.run(preview: 0.05)
        let figures = CellFigures(samples, trace, eventTimes: [])
        #expect(figures.requests == 4 && figures.failures == 0 && figures.tiles == 3 && figures.pages == 2)
        #expect(figures.documents == 1 && figures.documentBytes == 1000)
        #expect(figures.hitRatio == 1.0 / 3)
        // Two tiles of three by one of two nodes, or of four.
        #expect(figures.loadSkew == 4.0 / 3)
        #expect(CellFigures(samples, trace, eventTimes: [], nodes: 4).loadSkew == 8.0 / 3)
        #expect(figures.movedShare == nil && figures.checks.allSatisfy(\.holds))
    }

    @Test("the first page is there with the preview, or with all of its tiles where that is sooner")
    func firstPage() {
        let early = CellFigures(Self.run(preview: 0.05).samples, Self.run(preview: 0.05).trace, eventTimes: [])
        #expect(early.requestsToFirstPage == 1 && abs(early.firstPage.quantile(0.5) - 0.05) < 0.002)
        let without = CellFigures(Self.run(preview: nil).samples, Self.run(preview: nil).trace, eventTimes: [])
        // Due at 0.1, the later of the two took 0.3.
        #expect(without.requestsToFirstPage == 3 && abs(without.firstPage.quantile(0.5) - 0.4) < 0.01)
    }

    @Test("what failed is no faster for that: it counts as half a minute")
    func failed() {
        var (samples, trace) = Self.run(preview: 0.05)
        (samples[0].status, samples[0].firstPage) = (503, nil)
        samples[2].status = 0
        let figures = CellFigures(samples, trace, eventTimes: [])
        #expect(figures.failures == 2 && figures.pages == 2 && figures.tiles == 2)
        #expect(figures.allTiles.count == 2 && abs(figures.allTiles.quantile(1) - 30) < 0.5)
        #expect(figures.firstTile.quantile(1) < 1)
        #expect(figures.firstPage.count == 1 && abs(figures.firstPage.quantile(1) - 30) < 0.5)
    }

    @Test("a document that a reader opens again has a first page of its own")
    func again() {
        let (samples, trace) = Self.run(preview: nil)
        var twice = trace
        twice.requests += trace.requests.map { request in
            var request = request
            request.time += 60
            request.look += 1000
            return request
        }
        let later = samples.enumerated().map { place, sample in
            var sample = sample
            (sample.request, sample.due) = (place + samples.count, sample.due + 60)
            return sample
        }
        let figures = CellFigures(samples + later, twice, eventTimes: [])
        #expect(figures.firstPage.count == 2 && figures.pages == 4)
        #expect(abs(figures.firstPage.quantile(1) - 0.4) < 0.01)
    }

    @Test("a document is read to the end where every page was seen, with enough tiles for every node")
    func readToEnd() {
        let (samples, trace) = Self.run(preview: nil)
        let account = CountingOrigin.Account(opens: 2, reads: 3, bytes: 1500, stats: 1)
        var figures = CellFigures(samples, trace, eventTimes: [])
        figures.add(["a b.pdf": account], samples, trace, nodes: 1)
        #expect(figures.archive == account && figures.readToEnd?.documents == 0)
        let many = (0..<8).flatMap { _ in samples }
        figures.add(["a b.pdf": account], many, trace, nodes: 2)
        #expect(figures.readToEnd?.documents == 1 && figures.readToEnd?.archive == account)
        figures.add(["a b.pdf": account], many.filter { trace.requests[$0.request].page != 2 }, trace, nodes: 1)
        #expect(figures.readToEnd?.documents == 0)
    }

    @Test("documents move where another node than before answers most of their tiles")
    func moved() {
        let (samples, trace) = Self.run(preview: nil)
        var late = samples[3]
        late.due = 20
        late.member = "node-9"
        let figures = CellFigures(samples.dropLast() + [late], trace, eventTimes: [10])
        #expect(figures.movedShare == 1)
    }

    @Test("what could not be known is no figure")
    func unknown() {
        let figures = CellFigures([], Trace(seed: 1, documents: [], requests: []), eventTimes: [])
        for name in [
            "Archive opens per document", "Memory per node at the end", "Processor time of all per 1,000 tiles",
            "Time to first page, median", "Host application, p99", "Node-seconds per 1,000 pages",
        ] {
            let figure = Figure.named(name)
            #expect(figure != nil && figure?.value(figures) == nil)
        }
    }

    @Test("names of figures that claims, sweeps and the report ask for exist, and no two are the same")
    func names() {
        let names = Figure.all.map(\.name)
        #expect(Set(names).count == names.count)
        for sweep in Sweep.all {
            #expect(sweep.figures.allSatisfy { names.contains($0) })
            #expect(sweep.architectures.allSatisfy { Architecture.named($0) != nil })
        }
        #expect(Report.deciding.allSatisfy { names.contains($0) })
        let once = Architecture.usualOnce.flatMap(\.architectures)
        for list in [Architecture.usual, once, Architecture.quick, Architecture.full] {
            #expect(list.allSatisfy { Architecture.named($0) != nil })
        }
        #expect((Scene.usual + Scene.quick + Architecture.usualOnce.map(\.scene)).allSatisfy { Scene.named($0) != nil })
    }

    @Test("counters of members are added up by name and label")
    func metrics() {
        let metrics = MemberMetrics(
            """
            # TYPE recto_cache_hits_total counter
            recto_cache_hits_total{layer="blocks"} 3
            recto_cache_hits_total{layer="tiles-memory"} 4.5
            recto_cache_hits_total_other 100
            recto_documents_open 7
            """)
        #expect(metrics.sum("recto_cache_hits_total") == 7.5)
        #expect(metrics.sum("recto_cache_hits_total", label: ("layer", "blocks")) == 3)
        #expect(metrics.sum("recto_documents_open") == 7)
        #expect(metrics.values(of: "layer", in: "recto_cache_hits_total") == ["blocks", "tiles-memory"])
    }
}
