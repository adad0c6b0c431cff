// SPDX-License-Identifier: Apache-2.0

package import Logging
import NIOPosix
import Synchronization
import TileCache
package import TileModel

/// Blocks of originals that lie far away: fetched once however many wait, kept on disk under a budget.
///
/// Nothing of it waits in the caller's thread; every wait ends when the caller's task is cancelled. Errors are those of the
/// archive, `ArchiveError.failed` where a read stalls, and where blocks cannot be kept anywhere.
package final class BlockStore: Sendable {
    package struct Configuration: Sendable {
        /// Where block files lie, a folder below it for each process.
        package var folder: String
        /// The process's own folder.
        package var name: String
        /// Bytes of disk. 0: a document's blocks go with the last job that reads it.
        package var budget: Int
        /// Documents up to this size are read in one request before they are opened.
        package var wholeSize = FetchPlan.defaultWholeSize
        /// Bytes of memory, where the disk cannot be used: a document read whole in one piece, and some more.
        package var memoryBudget = 64 << 20
        package var patience = ReadPatience()
        /// Asked for blocks before the archive, in this order.
        package var sources: [any BlockSource] = []
        /// How to wait for so long.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// - Parameter name: whatever a member may be called.
        package init(folder: String, name: String, budget: Int) {
            self.folder = folder
            self.name = String(name.map { $0 == "/" ? "-" : $0 }.drop { $0 == "." })
            self.budget = budget
        }
    }

    let configuration: Configuration
    let archive: any DocumentArchive
    let shelf: BlockShelf
    var metrics: BlockMetrics { shelf.metrics }
    let chain: BlockChain
    private let threads: NIOThreadPool = .singleton
    private let flights = Mutex(BlockFlights())
    /// Where reading of each document ended.
    private let readAheads = Mutex<[BlockKey: ReadAhead]>([:])
    private let shared = SingleFlight<UInt64, Void>()

    /// Reads for one job at a time. For a page in the middle of a PDF whose page tree is flat, a block for each page before
    /// it is read: one round trip for all of them is what matters.
    private static let mostReads = 64
    /// Bytes that these may ask for: bounds the memory that one job takes.
    private static let mostReadBytes = 16 << 20
    /// How often blocks may go again before a job has seen them.
    private static let mostTries = 4
    /// Documents of which it is known where reading ended.
    private static let mostReadAheads = 4096

    package init(_ configuration: Configuration, archive: any DocumentArchive, logger: Logger) {
        self.configuration = configuration
        self.archive = archive
        shelf = BlockShelf(configuration, logger: logger)
        chain = BlockChain(
            configuration.sources,
            archive: ArchiveBlocks(archive: archive, patience: configuration.patience, sleep: configuration.sleep),
            logger: logger)
    }

    /// For one job. See `BlockLease`.
    /// - Parameter size: bytes of this version.
    package func lease(_ document: PinnedDocument, size: Int) -> BlockLease {
        BlockLease(self, BlockKey(document, size: size, archive: archive.name))
    }

    package var places: (diskBytes: Int, memoryBytes: Int) {
        let usage = shelf.usage
        return (usage.diskBytes, usage.memoryBytes)
    }

    func plan(_ key: BlockKey) -> FetchPlan { FetchPlan(grid: key.grid, wholeSize: configuration.wholeSize) }

    /// A job that had blocks of the document is over.
    func released(_ key: BlockKey) {
        guard configuration.budget == 0 else { return }
        Task { try? await onDisk { $0.shelf.drop(key) } }
    }

    // MARK: Fetching

    /// Sees to it that these blocks are here, and returns their file.
    /// - Parameter round: how often this job has asked before.
    func file(_ key: BlockKey, with ranges: [Range<Int>], round: Int, _ lease: BlockLease) async throws -> BlockFile {
        var isFirst = true
        for _ in 0..<Self.mostTries {
            if let file = shelf.opened(key), lease.hold(ranges, in: file), file.holds(ranges) {
                if isFirst { metrics.asked(present: ranges.reduce(0) { $0 + $1.count }, absent: 0) }
                return file
            }
            let (file, absent, isLacking) = try await onDisk { store in
                let file = try store.shelf.file(for: key)
                // Before anything is fetched: what is here already must not make way for what comes.
                _ = lease.hold(ranges, in: file)
                return (file, file.absent(of: ranges), file.isLacking)
            }
            if isFirst {
                metrics.asked(present: ranges.reduce(0) { $0 + $1.count } - absent.count, absent: absent.count)
            }
            isFirst = false
            if absent.isEmpty { return file }
            let (joined, new) = plan(key, absent, round, isLacking)
            do {
                try await fly(joined + new, key, lease)
            } catch {
                // Those that were not begun are nobody's.
                flights.withLock { flights in
                    for number in new where flights.isPlanned(number) { flights.end(number, key) }
                }
                throw error
            }
        }
        throw ArchiveError.failed("blocks of the document have to make way before they are read")
    }

    /// The flights that bring these blocks: those under way, and new ones for the rest.
    /// - Parameter isLacking: whether there is nothing of a block in the file.
    private func plan(_ key: BlockKey, _ absent: [Int], _ round: Int, _ isLacking: [Bool]) -> (
        joined: [UInt64], new: [UInt64]
    ) {
        flights.withLock { flights in
            let joined = Array(Set(absent.compactMap { flights[key, $0] }))
            let missing = absent.filter { flights[key, $0] == nil }
            guard !missing.isEmpty else { return (joined, []) }
            let ranges = ranges(for: missing, key, round) { flights[key, $0] == nil && isLacking[$0] }
            return (joined, ranges.map { flights.plan($0, key) })
        }
    }

    private func ranges(
        for missing: [Int], _ key: BlockKey, _ round: Int, isAbsent: (Int) -> Bool
    ) -> [Range<Int>] {
        readAheads.withLock { readAheads in
            var readAhead = readAheads[key] ?? ReadAhead()
            let ahead = readAhead.blocks(for: missing[0], round: round)
            let ranges = plan(key).ranges(for: missing, ahead: ahead, isAbsent: isAbsent)
            readAhead.reads(to: ranges.last?.upperBound ?? missing[missing.count - 1] + 1)
            if readAheads.count >= Self.mostReadAheads { readAheads = [:] }
            readAheads[key] = readAhead
            return ranges
        }
    }

    /// What is on its way; see `BlockFlights`.
    func landings(_ range: Range<Int>, of key: BlockKey, alsoAsking: Bool) -> [(landing: Landing, blocks: Range<Int>)] {
        flights.withLock { $0.landings(range, of: key, alsoAsking: alsoAsking) }
    }

    private func fly(_ numbers: [UInt64], _ key: BlockKey, _ lease: BlockLease) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var (reads, bytes) = (0, 0)
            for number in numbers {
                let size = flights.withLock { $0.count(of: number) } * BlockGrid.blockSize
                while reads > 0, reads >= Self.mostReads || bytes + size > Self.mostReadBytes {
                    bytes -= try await group.next() ?? 0
                    reads -= 1
                }
                (reads, bytes) = (reads + 1, bytes + size)
                group.addTask {
                    try await self.join(number, key, lease)
                    return size
                }
            }
            try await group.waitForAll()
        }
    }

    private func join(_ number: UInt64, _ key: BlockKey, _ lease: BlockLease) async throws {
        do {
            try await shared.value(for: number) { [self] in
                // Landed before it was joined: whoever waits looks again.
                guard let blocks = flights.withLock({ $0.begin(number) }) else { return }
                defer { flights.withLock { $0.end(number, key) } }
                // It may have landed with another flight after it was looked for and before this one was planned.
                for run in try await absentRuns(of: blocks, key) { try await fetch(number, run, of: key, lease) }
            }
        } catch is CancellationError where !Task.isCancelled {
            // Whose flight it was has given up just then: another one is begun.
        }
    }

    private func absentRuns(of blocks: Range<Int>, _ key: BlockKey) async throws -> [Range<Int>] {
        try await onDisk { store in
            var runs: [Range<Int>] = []
            for block in try store.shelf.file(for: key).absent(of: [blocks]) {
                if let last = runs.last, last.upperBound == block {
                    runs[runs.count - 1] = last.lowerBound..<block + 1
                } else {
                    runs.append(block..<block + 1)
                }
            }
            return runs
        }
    }

    private func fetch(
        _ number: UInt64, _ blocks: Range<Int>, of key: BlockKey, _ lease: BlockLease
    ) async throws {
        let missing = try await chain.gather(key.grid.bytes(of: blocks), of: key) { try await keep($0, of: key) }
        guard !missing.isEmpty else { return }
        flights.withLock { $0.advance(number, to: .reading) }
        for range in missing { lease.counts(range.count) }
        let pieces = try await chain.read(missing, of: key)
        for piece in pieces { metrics.fetched(piece.bytes.count) }
        try await keep(pieces, of: key)
    }

    func keep(_ pieces: [BlockPiece], of key: BlockKey) async throws {
        try await onDisk { store in
            for piece in pieces { try store.shelf.keep(piece.bytes, key.grid.blocks(of: piece.range), of: key) }
        }
    }

    /// Work that waits for the disk.
    func onDisk<Result: Sendable>(
        _ body: @escaping @Sendable (BlockStore) throws -> Result
    ) async throws -> Result {
        do {
            return try await threads.runIfActive { [self] in try body(self) }
        } catch let error as BlockFileError {
            throw ArchiveError.failed("blocks cannot be kept: \(error)")
        }
    }
}
