// SPDX-License-Identifier: Apache-2.0

/// A node that joins a running cluster has opened nothing yet. Its share of the keys rises with its own reported age, so that
/// it is not met by all of its documents at once, each of them cold.
///
/// The share acts as a weight: as it rises keys only ever move to the node, never between others. It follows from what the
/// nodes report alone, so routers side by side agree but for the moment between two reports.
package enum SlowStart {
    /// A share of one for each unit of weight would rise in jumps.
    package static let fullShare = 16

    /// - Parameters:
    ///   - age: of the node, and `oldest` that of the oldest that is ready; milliseconds.
    ///   - window: after which a node has its full share; 0: at once.
    /// - Returns: the node's share, in units of a `fullShare`th of a weight; at least 1 where the weight is.
    package static func share(weight: Int, age: Int?, oldest: Int, window: Int) -> Int {
        let full = weight * fullShare
        // Nodes that started with the cluster are all as cold: keeping one back would only move keys to and fro.
        guard let age, age < window, oldest - age >= window else { return full }
        return max(min(1, full), full * max(0, age) / window)
    }
}
