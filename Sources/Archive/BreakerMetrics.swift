// SPDX-License-Identifier: Apache-2.0

import Metrics

struct BreakerMetrics: Sendable {
    private let state: Gauge
    private let openings: Counter

    /// - Parameter archive: its name among several; empty where there is one.
    init(archive: String) {
        let dimensions = [("archive", archive)]
        state = Gauge(label: "recto_archive_breaker_open", dimensions: dimensions)
        openings = Counter(label: "recto_archive_breaker_openings_total", dimensions: dimensions)
        state.record(0)
    }

    func opened() {
        state.record(1)
        openings.increment()
    }

    func closed() { state.record(0) }
}
