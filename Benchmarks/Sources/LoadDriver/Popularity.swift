// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How often which document is opened: the k-th most popular in proportion to 1 / k^exponent (Zipf's law).
package struct Popularity: Sendable {
    /// Cumulative shares; the last is 1.
    private let cumulative: [Double]

    /// - Parameter count: of documents, 1 or more.
    package init(count: Int, exponent: Double = 1) {
        var sum = 0.0
        let sums = (1...count).map { rank in
            sum += pow(Double(rank), -exponent)
            return sum
        }
        cumulative = sums.map { $0 / sum }
    }

    /// A place from 0, the most popular, to count - 1.
    package func draw(_ generator: inout SeededGenerator) -> Int { place(generator.next()) }

    /// The place that a number stands for which is drawn from all of 64 bits.
    package func place(_ draw: UInt64) -> Int {
        let wanted = Double(draw >> 11) * 0x1p-53
        var (low, high) = (0, cumulative.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > wanted { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
