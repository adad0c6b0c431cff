// SPDX-License-Identifier: Apache-2.0

import Affinity
import LoadDriver

/// The documents of a simulation: how often each is asked for, and its key.
struct SimulatedDocuments {
    private let popularity: Popularity
    /// Of each document's id.
    let keys: [UInt64]

    init(count: Int, exponent: Double) {
        popularity = Popularity(count: count, exponent: exponent)
        keys = (0..<count).map { StableHash.hash("reports/\($0 % 97)/\($0).pdf".utf8) }
    }

    func document(_ draw: UInt64) -> Int { popularity.place(draw) }
}
