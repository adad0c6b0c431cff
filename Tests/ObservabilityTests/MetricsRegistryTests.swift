// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization
import Testing

@testable import Observability

struct MetricsRegistryTests {
    private func read(_ registry: MetricsRegistry) throws -> PrometheusText { try PrometheusText(registry.text) }

    @Test("every kind of metric is written as its format says, with help and type")
    func kinds() throws {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "a_total", dimensions: [("b", "1")]).increment(by: 3)
        registry.makeMeter(label: "g", dimensions: []).set(1.5)
        registry.makeTimer(label: "t_seconds", dimensions: []).recordNanoseconds(2_000_000)
        let text = try read(registry)
        #expect(text.families["a_total"]?.kind == "counter")
        #expect(text.families["a_total"]?.samples == [.init(name: "a_total", labels: ["b": "1"], value: 3)])
        #expect(text.families["g"]?.samples == [.init(name: "g", labels: [:], value: 1.5)])
        let histogram = try #require(text.families["t_seconds"])
        #expect(histogram.kind == "histogram")
        #expect(histogram.samples.first { $0.name == "t_seconds_sum" }?.value == 0.002)
        let buckets = histogram.samples.filter { $0.name == "t_seconds_bucket" }
        #expect(buckets.first { $0.labels["le"] == "0.001" }?.value == 0)
        #expect(buckets.first { $0.labels["le"] == "0.0025" }?.value == 1)
    }

    @Test("families and series come in the same order each time, whatever the order of their labels was")
    func order() throws {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "z_total", dimensions: []).increment(by: 1)
        registry.makeCounter(label: "a_total", dimensions: [("y", "2"), ("x", "1")]).increment(by: 1)
        registry.makeCounter(label: "a_total", dimensions: [("x", "1"), ("y", "2")]).increment(by: 1)
        registry.makeCounter(label: "a_total", dimensions: [("x", "0"), ("y", "2")]).increment(by: 1)
        let text = try read(registry)
        #expect(text.names.filter { $0.hasSuffix("a_total") || $0 == "z_total" } == ["a_total", "z_total"])
        #expect(text.families["a_total"]?.samples.map(\.value) == [1, 2])
    }

    @Test("values of labels are escaped", arguments: ["a\"b", "a\\b", "a\nb", "a\r\nb", "é 漢", "{}=,", ""])
    func escaping(value: String) throws {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "a_total", dimensions: [("b", value)]).increment(by: 1)
        let sample = try #require(try read(registry).families["a_total"]?.samples.first)
        #expect(sample.labels["b"].map { Array($0.utf8) } == Array(value.utf8))
    }

    @Test("a name that is of another kind already is reported once and shown as it was")
    func conflict() throws {
        let reports = Mutex<[String]>([])
        let registry = MetricsRegistry { report in reports.withLock { $0.append(report) } }
        registry.makeCounter(label: "a_total", dimensions: []).increment(by: 1)
        for _ in 0..<2 { registry.makeMeter(label: "a_total", dimensions: [("b", "c")]).set(5.0) }
        #expect(try read(registry).families["a_total"]?.samples.map(\.value) == [1])
        #expect(reports.withLock { $0 } == ["the metric “a_total” is a counter and cannot be a gauge too"])
    }

    @Test("a name that Prometheus does not take is reported and not shown", arguments: ["", "1a", "a-b", "a b", "a{"])
    func name(name: String) throws {
        let reports = Mutex(0)
        let registry = MetricsRegistry { _ in reports.withLock { $0 += 1 } }
        registry.makeCounter(label: name, dimensions: []).increment(by: 1)
        registry.makeCounter(label: "fine_total", dimensions: [("le", "1")]).increment(by: 1)
        let text = try read(registry)
        #expect(text.families[name] == nil && text.families["fine_total"] == nil)
        #expect(reports.withLock { $0 } == 2)
    }

    @Test("buckets reach from a tenth of a millisecond to half a minute, and what is larger is counted too")
    func buckets() throws {
        let histogram = HistogramValue(divisor: 1e9)
        for seconds in [0.00005, 0.0001, 0.3, 30, 31] { histogram.recordNanoseconds(Int64(seconds * 1e9)) }
        histogram.record(Double.nan)
        var text = Exposition()
        text.header("h", .histogram)
        histogram.write("h", "", to: &text)
        let samples = try #require(try PrometheusText(text.text).families["h"]?.samples)
        func bucket(_ bound: String) -> Double? { samples.first { $0.labels["le"] == bound }?.value }
        #expect(bucket("0.0001") == 2 && bucket("0.25") == 2 && bucket("0.5") == 3)
        #expect(bucket("30") == 4 && bucket("+Inf") == 5)
    }

    @Test("what many threads record at once is all there")
    func threads() async throws {
        let registry = MetricsRegistry()
        let counter = registry.makeCounter(label: "a_total", dimensions: [])
        let gauge = registry.makeMeter(label: "g", dimensions: [])
        let timer = registry.makeTimer(label: "t_seconds", dimensions: [])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment(by: 1)
                        gauge.increment(by: 2)
                        gauge.decrement(by: 1)
                        timer.recordNanoseconds(1_000_000)
                    }
                }
            }
        }
        let text = try read(registry)
        #expect(text.families["a_total"]?.samples.first?.value == 4000)
        #expect(text.families["g"]?.samples.first?.value == 4000)
        #expect(text.families["t_seconds"]?.samples.last?.value == 4000)
    }
}
