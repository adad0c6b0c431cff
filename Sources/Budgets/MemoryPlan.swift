// SPDX-License-Identifier: Apache-2.0

/// How the memory of a machine, or of a control group, is divided where nobody says otherwise.
///
/// Members that share it get equal parts. Of its part a member gives
/// - a twentieth, 32 to 512 MiB, to finished tiles: 512 MiB are 17,000 tiles of 30 KB, what some hundred readers look at
///   within an hour; below 32 MiB a single reader's pages push each other out;
/// - three fifths to all of its workers together, 32 to 256 MiB to each: a parsed page takes 0.1 to 22 MB, and a picture of a
///   scanned page 25 to 100;
/// - a thirty-second, 8 to 64 MiB, to blocks of originals where the disk cannot be used: a document that is read whole in
///   one piece has 8 MiB at most.
///
/// The rest is for what is not bounded by a budget: the programs, pages in the making, connections, the kernel's own cache of
/// files.
package struct MemoryPlan: Sendable, Equatable {
    package let tileBytes: Int
    package let workerBytes: Int
    package let blockBytes: Int

    /// - Parameters:
    ///   - memory: bytes that there are.
    ///   - members: that share them, 1 or more.
    ///   - workers: jobs that one member does at a time.
    package init(memory: Int, members: Int = 1, workers: Int) {
        let part = memory / max(1, members)
        // As many of each of the three kinds, and one that takes over from one that dies.
        let processes = 3 * max(1, workers) + 1
        tileBytes = Self.megabytes(part / 20, 32...512)
        workerBytes = Self.megabytes(part / 5 * 3 / processes, 32...256)
        blockBytes = Self.megabytes(part / 32, 8...64)
    }

    /// Whole megabytes within a range of them, in bytes.
    private static func megabytes(_ bytes: Int, _ range: ClosedRange<Int>) -> Int {
        min(range.upperBound, max(range.lowerBound, bytes >> 20)) << 20
    }
}
