// SPDX-License-Identifier: Apache-2.0

/// How much to read beyond what is asked for. Pure; one for each document.
///
/// Somebody who goes on where the last read ended is taken for reading through: each time twice as much is read ahead as
/// before, up to what takes about as long as a round trip. A jump ends that.
struct ReadAhead {
    /// 2 MiB take 40 ms at 50 MB/s.
    static let most = (2 << 20) / BlockGrid.blockSize
    private static let first = 2
    /// Still going on: a thumbnail or a font stood in between.
    private static let slack = 4

    private var end: Int?
    private var window = 0

    /// Blocks to read beyond those missing.
    /// - Parameters:
    ///   - missing: the first missing block.
    ///   - round: how often the same job has asked before. Something that leads from place to place would take a round for
    ///     each; from the fourth on a round brings twice as much around them as the one before.
    mutating func blocks(for missing: Int, round: Int) -> Int {
        let goesOn = end.map { ($0...$0 + Self.slack).contains(missing) } ?? false
        window = goesOn ? min(Self.most, max(Self.first, window * 2)) : 0
        return max(window, round > 3 ? Self.growth(round - 4) : 0)
    }

    /// From 256 KiB to 32 MiB.
    private static func growth(_ step: Int) -> Int { 4 << min(step, 7) }

    /// What is read now ends there.
    mutating func reads(to end: Int) { self.end = end }
}
