// SPDX-License-Identifier: Apache-2.0

import Logging
import Metrics

/// The places that are asked for bytes before the archive, in their order.
struct BlockChain: Sendable {
    private let places: [(source: any BlockSource, metrics: PlaceMetrics)]
    private let archive: (source: ArchiveBlocks, metrics: PlaceMetrics)
    private let messageBytes = PlaceMetrics.bytes("message")
    private let logger: Logger

    init(_ sources: [any BlockSource], archive: ArchiveBlocks, logger: Logger) {
        places = sources.map { ($0, PlaceMetrics($0.place)) }
        self.archive = (archive, PlaceMetrics(archive.place))
        self.logger = logger
    }

    /// Asks all places but the archive. Returns the ranges that none of them has.
    /// - Parameter keep: is given all that comes.
    /// - Throws: what `keep` throws, `CancellationError`.
    func gather(
        _ range: Range<Int>, of key: BlockKey, keep: ([BlockPiece]) async throws -> Void
    ) async throws -> [Range<Int>] {
        var missing = [range]
        for (number, (source, metrics)) in places.enumerated() where !missing.isEmpty {
            let found = await pieces(missing, of: key, from: source, metrics)
            try Task.checkCancellation()
            guard !found.isEmpty else { continue }
            try await keep(found)
            offer(found, of: key, before: number)
            missing = BlockPiece.subtract(found, from: missing)
        }
        return missing
    }

    /// Reads ranges of the archive, and lets the other places know them.
    /// - Throws: `ArchiveError`.
    func read(_ ranges: [Range<Int>], of key: BlockKey) async throws -> [BlockPiece] {
        do {
            let pieces = try await archive.source.pieces(ranges, of: key)
            archive.metrics.gave(pieces, of: ranges)
            offer(pieces, of: key, before: places.count)
            return pieces
        } catch {
            if !(error is CancellationError) { archive.metrics.failed() }
            throw error
        }
    }

    /// Counts what came without having been asked for by `gather`.
    /// - Parameter place: the one that gave it; nil: it came with a message.
    func came(_ pieces: [BlockPiece], from place: String? = nil) {
        let metrics = places.first { $0.source.place == place }?.metrics
        metrics?.came(pieces)
        if place == nil { messageBytes.increment(by: pieces.reduce(0) { $0 + $1.bytes.count }) }
    }

    private func offer(_ pieces: [BlockPiece], of key: BlockKey, before number: Int) {
        for (source, _) in places[..<number] { source.offer(pieces, of: key) }
    }

    /// What the place has that makes sense.
    private func pieces(
        _ ranges: [Range<Int>], of key: BlockKey, from source: any BlockSource, _ metrics: PlaceMetrics
    ) async -> [BlockPiece] {
        do {
            let pieces = try await source.pieces(ranges, of: key).filter { key.grid.isPiece($0.range) }
            metrics.gave(pieces, of: ranges)
            return pieces
        } catch {
            guard !(error is CancellationError) else { return [] }
            metrics.failed()
            logger.debug(
                "a place could not be asked for blocks",
                metadata: ["place": "\(source.place)", "error": "\(error)"])
            return []
        }
    }
}
