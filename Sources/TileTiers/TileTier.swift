// SPDX-License-Identifier: Apache-2.0

package import TileCache

/// A place below memory where encoded tiles are kept: longer than the process, or for others too.
///
/// It fails open. Whatever is wrong with it (gone, full, damaged, slow) shows as a miss or as something not kept, once as a
/// warning in the log, and in the metrics; it delays an answer by no more than its own short patience. Nothing of it waits
/// in the caller's thread.
///
/// **Adding one:** a file with a type that conforms to this, and a line in `TileTiers.all`. The contract suite in
/// `TileTierContract` tests it, given a line there that says how to open one.
package protocol TileTier: CacheLayer {
    /// Opens it, or returns nil where it is not wanted. What is wrong with the place itself shows later, and does not keep a
    /// process from starting.
    /// - Throws: `TierSettings.Invalid` where the settings can never work.
    static func open(_ settings: TierSettings) throws -> (any TileTier)?

    /// How `Server-Timing` calls it.
    var shortName: String { get }

    /// The tile; nil where it is not held, is damaged, or did not come in time.
    func value(for key: TierKey) async -> [UInt8]?

    /// Keeps a tile, if it is worth the room.
    /// - Parameter cost: what making it took.
    func keep(_ value: [UInt8], cost: Duration, for key: TierKey) async
}
