// SPDX-License-Identifier: Apache-2.0

import Affinity
import Foundation

/// Documents asked for as often as Zipf's law says: the k-th most popular one in proportion to 1 / k^exponent.
struct Popularity {
    /// Of documents 0 to k together, of all.
    private let cumulated: [Double]
    /// Of each document's id.
    let keys: [UInt64]

    init(documents: Int, exponent: Double) {
        var sum = 0.0
        let sums = (1...documents).map { rank in
            sum += 1 / pow(Double(rank), exponent)
            return sum
        }
        cumulated = sums.map { $0 / sum }
        keys = (0..<documents).map { StableHash.hash("reports/\($0 % 97)/\($0).pdf".utf8) }
    }

    func document(_ draw: UInt64) -> Int {
        let wanted = Double(draw >> 11) / Double(1 << 53)
        var (low, high) = (0, cumulated.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if cumulated[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
