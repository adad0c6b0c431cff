// SPDX-License-Identifier: Apache-2.0

package import CoreMetrics
import Synchronization

/// The metrics of this process.
///
/// Looking a handler up takes a lock and makes strings; recording with one that was kept is an atomic addition or two. A
/// metric that cannot be shown (a name that Prometheus does not take, or one that is of another kind already) is reported
/// once and counts into nothing.
package final class MetricsRegistry: MetricsFactory {
    /// The series of one name, by their labels as they are written.
    struct Family {
        let kind: MetricKind
        var series: [String: any MetricValue] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let reported = Mutex<Set<String>>([])
    private let report: @Sendable (String) -> Void

    /// - Parameter report: told, once for each, of metrics that cannot be shown.
    package init(report: @escaping @Sendable (String) -> Void = { _ in }) { self.report = report }

    /// All metrics as Prometheus text, format 0.0.4, and what the operating system says of this process.
    package var text: String {
        var text = Exposition()
        for (name, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { text.write(name, family) }
        ProcessMetrics.write(to: &text)
        return text.text
    }

    private func make<Value: MetricValue>(
        _ name: String, _ dimensions: [(String, String)], _ kind: MetricKind, _ make: () -> Value
    ) -> Value {
        guard MetricName.isValid(name), dimensions.allSatisfy({ MetricName.isValidLabel($0.0) }) else {
            complain("the metric “\(name)” has a name or a label that Prometheus does not take")
            return make()
        }
        let labels = Exposition.labels(dimensions)
        let (value, known) = families.withLock { families -> (Value?, MetricKind) in
            var family = families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return (nil, family.kind) }
            let value = family.series[labels] as? Value ?? make()
            family.series[labels] = value
            families[name] = family
            return (value, kind)
        }
        if let value { return value }
        complain("the metric “\(name)” is a \(known.rawValue) and cannot be a \(kind.rawValue) too")
        return make()
    }

    private func complain(_ message: String) {
        if reported.withLock({ $0.insert(message).inserted }) { report(message) }
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(label, dimensions, .counter) { CounterValue() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        make(label, dimensions, .gauge) { GaugeValue() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? make(label, dimensions, .histogram) { HistogramValue(divisor: 1) }
            : make(label, dimensions, .gauge) { GaugeValue() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        make(label, dimensions, .histogram) { HistogramValue(divisor: 1e9) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
