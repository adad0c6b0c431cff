// SPDX-License-Identifier: Apache-2.0

import Benchmark

/// What is measured, in the order in which it is shown.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock], warmupIterations: 3, maxDuration: .milliseconds(400), maxIterations: 2_000)
    measureCalibration()
    measurePolicies()
    measurePaths()
    measureCache()
    measureHeads()
    measureEncoders()
}

extension Benchmark.Configuration {
    /// For what takes less than some microseconds: so many calls are one measurement.
    static func calls(_ factor: BenchmarkScalingFactor) -> Benchmark.Configuration {
        var configuration = Benchmark.defaultConfiguration
        configuration.scalingFactor = factor
        return configuration
    }
}
