// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A mean over repetitions and the half width of its 95 % confidence interval (Student's t).
package struct Interval: Sendable, Codable {
    package var mean: Double
    /// 0 for a single run, which has none.
    package var halfWidth: Double
    package var count: Int

    /// Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
    private static let quantiles = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]

    /// Nil without values.
    package init?(_ values: [Double]) {
        guard !values.isEmpty else { return nil }
        count = values.count
        mean = values.reduce(0, +) / Double(count)
        guard count > 1 else {
            halfWidth = 0
            return
        }
        let mean = mean
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
        let quantile = count - 2 < Self.quantiles.count ? Self.quantiles[count - 2] : 1.96
        halfWidth = quantile * sqrt(variance / Double(count))
    }

    /// Whether the two can be told apart: their intervals do not touch. Of single runs a tenth is asked for.
    package func differs(from other: Interval) -> Bool {
        let distance = abs(mean - other.mean)
        guard count > 1, other.count > 1 else { return distance > 0.1 * max(abs(mean), abs(other.mean)) }
        return distance > halfWidth + other.halfWidth
    }
}
