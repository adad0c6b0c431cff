// SPDX-License-Identifier: Apache-2.0

/// What a family of metrics is, in the words of the exposition format.
enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
}

/// A value that writes itself as Prometheus text.
protocol MetricValue: AnyObject, Sendable {
    /// - Parameter labels: as they stand between the braces; empty where there are none.
    func write(_ name: String, _ labels: String, to text: inout Exposition)
}
