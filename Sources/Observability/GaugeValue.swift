// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// A number that is what it was last set to: a `Double`, kept as its bits so that nobody waits for a lock.
final class GaugeValue: RecorderHandler, MeterHandler, MetricValue {
    private let bits = Atomic<UInt64>(0)

    private var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }

    private func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.compareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }

    func write(_ name: String, _ labels: String, to text: inout Exposition) {
        text.line(name, labels, Exposition.number(value))
    }
}
