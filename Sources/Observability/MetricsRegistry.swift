// SPDX-License-Identifier: Apache-2.0

package import CoreMetrics
import Synchronization

/// The metrics of this process, and their Prometheus text (exposition format 0.0.4).
package final class MetricsRegistry: MetricsFactory {
    private struct Series: Hashable {
        let name: String
        let labels: String
    }

    private let series = Mutex<[Series: any Rendered]>([:])
    /// Labels that every series of this process has.
    private let common: [(String, String)]

    package init(common: [(String, String)] = []) { self.common = common }

    package var text: String {
        let all = series.withLock { $0 }.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
        var text = ""
        var last = ""
        for (series, value) in all {
            if series.name != last { text += "# TYPE \(series.name) \(type(of: value).kind)\n" }
            last = series.name
            text += value.render(series.name, series.labels)
        }
        return text
    }

    private func make<Value: Rendered>(_ label: String, _ dimensions: [(String, String)], _ make: () -> Value) -> Value
    {
        let labels = (common + dimensions).map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return series.withLock { series in
            let key = Series(name: label, labels: labels)
            if let known = series[key] as? Value { return known }
            let value = make()
            series[key] = value
            return value
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(label, dimensions) { CounterValue() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        make(label, dimensions) { GaugeValue() }
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? make(label, dimensions) { HistogramValue(scale: 1) } : make(label, dimensions) { GaugeValue() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        make(label, dimensions) { HistogramValue(scale: 1e-9) }
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}

/// A value that writes itself as Prometheus text.
protocol Rendered: AnyObject, Sendable {
    static var kind: String { get }
    func render(_ name: String, _ labels: String) -> String
}

final class CounterValue: CounterHandler, Rendered {
    static let kind = "counter"
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func render(_ name: String, _ labels: String) -> String {
        "\(name){\(labels)} \(value.load(ordering: .relaxed))\n"
    }
}

final class GaugeValue: RecorderHandler, MeterHandler, Rendered {
    static let kind = "gauge"
    private let value = Mutex(0.0)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func render(_ name: String, _ labels: String) -> String { "\(name){\(labels)} \(value.withLock { $0 })\n" }
}

/// Buckets in powers of two and half from a tenth of a millisecond to half a minute.
final class HistogramValue: RecorderHandler, TimerHandler, Rendered {
    static let kind = "histogram"
    private static let bounds = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]

    private struct State {
        var buckets = [Int](repeating: 0, count: HistogramValue.bounds.count)
        var count = 0
        var sum = 0.0
    }

    private let scale: Double
    private let state = Mutex(State())

    init(scale: Double) { self.scale = scale }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration)) }

    func record(_ value: Double) {
        let value = value * scale
        state.withLock { state in
            state.count += 1
            state.sum += value
            if let place = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[place] += 1 }
        }
    }

    func render(_ name: String, _ labels: String) -> String {
        let state = state.withLock { $0 }
        let comma = labels.isEmpty ? "" : ","
        var text = ""
        var total = 0
        for (bound, count) in zip(Self.bounds, state.buckets) {
            total += count
            text += "\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(total)\n"
        }
        text += "\(name)_bucket{\(labels)\(comma)le=\"+Inf\"} \(state.count)\n"
        return text + "\(name)_sum{\(labels)} \(state.sum)\n\(name)_count{\(labels)} \(state.count)\n"
    }
}
