// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A mean over repetitions and the half width of its 95 % confidence interval (Student's t).
package struct Interval: Sendable, Codable {
    package var mean: Double
    /// 0 for a single run, which has none.
    package var halfWidth: Double
    package var count: Int
    /// By repetition. What is compared has had the same readers in each of them.
    private let values: [Int: Double]

    /// Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
    private static let quantiles = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ]

    /// - Parameter measured: one value for each repetition, nil where it gave none.
    /// - Returns: nil without values.
    package init?(_ measured: [Double?]) {
        let values = measured.compactMap { $0 }
        guard !values.isEmpty else { return nil }
        self.values = Dictionary(
            uniqueKeysWithValues: measured.enumerated().compactMap { place, value in value.map { (place, $0) } })
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

    /// Whether the two can be told apart: what lies between them in each repetition has an interval without zero. Readers
    /// differ more from repetition to repetition than most clusters do, and are the same for all clusters in each: so the
    /// differences say more than the means (a paired test). Of single runs a tenth is asked for.
    package func differs(from other: Interval) -> Bool {
        if let ratio = logarithms(to: other) { return abs(ratio.mean) > ratio.halfWidth }
        let differences = pairs(with: other).map { $0 - $1 }
        guard differences.count > 1, let interval = Interval(differences) else {
            return abs(mean - other.mean) > 0.1 * max(abs(mean), abs(other.mean))
        }
        return abs(interval.mean) > interval.halfWidth
    }

    /// How many times the other it is, and the ends of that figure's interval: means of the ratios in each repetition, by
    /// their logarithms. Nil where a value is not above zero, and of single runs.
    package func ratio(to other: Interval) -> (mean: Double, low: Double, high: Double)? {
        logarithms(to: other).map { (exp($0.mean), exp($0.mean - $0.halfWidth), exp($0.mean + $0.halfWidth)) }
    }

    private func logarithms(to other: Interval) -> Interval? {
        let pairs = pairs(with: other)
        guard pairs.count > 1, pairs.allSatisfy({ $0 > 0 && $1 > 0 }) else { return nil }
        return Interval(pairs.map { log($0 / $1) })
    }

    private func pairs(with other: Interval) -> [(Double, Double)] {
        values.keys.sorted().compactMap { key in other.values[key].map { (values[key]!, $0) } }
    }
}
