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
        /// Bytes of disk.
        package var budget: Int
        /// Bytes of memory, where the disk cannot be used: a document read whole in one piece, and some more.
        package var memoryBudget = 64 << 20
        package var patience = ReadPatience()
        /// How to wait for so long.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

        /// - Parameter name: whatever a member may be called.
        package init(folder: String, name: String, budget: Int) {
            self.folder = folder
            self.name = String(name.map { $0 == "/" ? "-" : $0 }.drop { $0 == "." })
            self.budget = budget
        }
    }

    /// Blocks that are on their way.
    private struct Flights {
        struct Flight {
            let blocks: Range<Int>
            var hasBegun = false
        }

        var next: UInt64 = 0
        var planned: [UInt64: Flight] = [:]
        /// By document, which flight brings which block.
        var blocks: [BlockKey: [Int: UInt64]] = [:]
        var readAhead: [BlockKey: ReadAhead] = [:]

        mutating func plan(_ range: Range<Int>, _ key: BlockKey) -> UInt64 {
            next += 1
            planned[next] = Flight(blocks: range)
            for block in range { blocks[key, default: [:]][block] = next }
            return next
        }

        /// The blocks of a flight that has not landed.
        mutating func begin(_ number: UInt64) -> Range<Int>? {
            planned[number]?.hasBegun = true
            return planned[number]?.blocks
        }

        mutating func end(_ number: UInt64, _ key: BlockKey) {
            guard let flight = planned.removeValue(forKey: number) else { return }
            for block in flight.blocks where blocks[key]?[block] == number { blocks[key]?[block] = nil }
            if blocks[key]?.isEmpty == true { blocks[key] = nil }
        }
    }

    let configuration: Configuration
    let archive: any DocumentArchive
    let shelf: BlockShelf
    var metrics: BlockMetrics { shelf.metrics }
    private let threads: NIOThreadPool = .singleton
    private let flights = Mutex(Flights())
    private let shared = SingleFlight<UInt64, Void>()

    /// Reads for one job at a time. For a page in the middle of a PDF whose page tree is flat, a block for each page before
    /// it is read: one round trip for all of them is what matters.
    private static let mostReads = 32
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
                    for number in new where flights.planned[number]?.hasBegun == false { flights.end(number, key) }
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
            let underway = flights.blocks[key] ?? [:]
            let joined = Array(Set(absent.compactMap { underway[$0] }))
            let missing = absent.filter { underway[$0] == nil }
            guard let first = missing.first, let last = missing.last else { return (joined, []) }
            var readAhead = flights.readAhead[key] ?? ReadAhead()
            let ahead = readAhead.blocks(for: first, round: round)
            let ranges = FetchPlan(grid: key.grid).ranges(for: missing, ahead: ahead) {
                underway[$0] == nil && isLacking[$0]
            }
            readAhead.reads(to: ranges.last?.upperBound ?? last + 1)
            if flights.readAhead.count >= Self.mostReadAheads { flights.readAhead = [:] }
            flights.readAhead[key] = readAhead
            return (joined, ranges.map { flights.plan($0, key) })
        }
    }

    private func fly(_ numbers: [UInt64], _ key: BlockKey, _ lease: BlockLease) async throws {
        try await withThrowingTaskGroup(of: Int.self) { group in
            var (reads, bytes) = (0, 0)
            for number in numbers {
                let size = flights.withLock { $0.planned[number]?.blocks.count ?? 0 } * BlockGrid.blockSize
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
                try await fetch(blocks, of: key, lease)
            }
        } catch is CancellationError where !Task.isCancelled {
            // Whose flight it was has given up just then: another one is begun.
        }
    }

    private func fetch(_ blocks: Range<Int>, of key: BlockKey, _ lease: BlockLease) async throws {
        let range = key.grid.bytes(of: blocks)
        lease.counts(range.count)
        let bytes = try await configuration.patience.read(range.count, sleep: configuration.sleep) { [archive] in
            try await archive.read(range, of: key.document)
        }
        metrics.fetched(bytes.count)
        guard bytes.count == range.count else {
            throw ArchiveError.failed("the archive has sent \(bytes.count) bytes of \(range.count)")
        }
        try await onDisk { try $0.shelf.keep(bytes, blocks, of: key) }
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
