// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Router

/// A number of nodes, `3`, or a range, `0...4`.
struct NodeRange: ExpressibleByArgument, Equatable {
    let range: ClosedRange<Int>

    init?(argument: String) {
        let parts = argument.split(separator: "...", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count <= 2, let low = parts.first ?? nil, let high = parts.last ?? nil,
            0 <= low, low <= high, high <= AdminRoutes.mostNodes
        else { return nil }
        range = low...high
    }

    /// As it is written.
    var description: String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)...\(range.upperBound)"
    }

    var defaultValueDescription: String { description }
}
