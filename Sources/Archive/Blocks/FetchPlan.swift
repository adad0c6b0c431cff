// SPDX-License-Identifier: Apache-2.0

/// What to ask an archive for, given what is missing. Pure.
///
/// The figures weigh round trips against bytes for an archive that takes 30 ms to answer and sends 50 MB/s: a round trip
/// is worth 1.5 MB there.
package struct FetchPlan {
    /// Documents up to this size are read whole, in one request: 5.6 round trips of bytes, where a look at the first page
    /// takes as many.
    package static let defaultWholeSize = 8 << 20
    /// What is read of larger ones when they are opened. The first page of a PDF made for the web stands at its beginning,
    /// the table of objects at its end (20 bytes each: 25,000 objects). Both together are half a round trip of bytes.
    static let headSize = 256 << 10
    static let tailSize = 512 << 10
    /// The longest range of one request; longer ones are read in several at a time. Bounds the memory that one takes.
    static let longest = (4 << 20) / BlockGrid.blockSize
    /// Absent blocks between two missing ones that are read along: 3 ms of bytes instead of a request.
    static let bridged = 2

    /// The longest range of one request where documents are read whole: more than that of one is never in memory.
    static let longestWhole = (512 << 20) / BlockGrid.blockSize

    let grid: BlockGrid
    /// Documents up to this size are read whole, in bytes.
    var wholeSize = Self.defaultWholeSize

    /// The blocks that a document is opened with.
    var opening: [Range<Int>] {
        guard grid.size > wholeSize else { return grid.count == 0 ? [] : [0..<grid.count] }
        return [grid.blocks(of: 0..<Self.headSize), grid.blocks(of: grid.size - Self.tailSize..<grid.size)]
    }

    /// Ranges of blocks that bring all that are missing.
    /// - Parameters:
    ///   - missing: in their order.
    ///   - ahead: how many blocks more to read behind each run of missing ones.
    ///   - isAbsent: whether a block is neither there nor on its way.
    func ranges(for missing: [Int], ahead: Int, isAbsent: (Int) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for block in missing {
            let reach = runs.last.map { extended($0, by: ahead, isAbsent).upperBound } ?? 0
            if let last = runs.last, block < reach || isBridge(last.upperBound..<block, isAbsent) {
                runs[runs.count - 1] = last.lowerBound..<block + 1
            } else {
                runs.append(block..<block + 1)
            }
        }
        runs = runs.map { extended($0, by: ahead, isAbsent) }
        return runs.flatMap(split)
    }

    private func isBridge(_ gap: Range<Int>, _ isAbsent: (Int) -> Bool) -> Bool {
        gap.count <= Self.bridged && gap.allSatisfy(isAbsent)
    }

    private func extended(_ run: Range<Int>, by ahead: Int, _ isAbsent: (Int) -> Bool) -> Range<Int> {
        let limit = min(grid.count, run.upperBound + ahead)
        guard run.upperBound < limit else { return run }
        return run.lowerBound..<((run.upperBound..<limit).first { !isAbsent($0) } ?? limit)
    }

    private func split(_ run: Range<Int>) -> [Range<Int>] {
        let longest = grid.size > wholeSize ? Self.longest : Self.longestWhole
        return stride(from: run.lowerBound, to: run.upperBound, by: longest).map {
            $0..<min($0 + longest, run.upperBound)
        }
    }
}
