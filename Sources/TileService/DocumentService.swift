// SPDX-License-Identifier: Apache-2.0

package import Access
package import Archive
package import HTTPService
package import Logging
import NIOCore
import NIOHTTP1
package import RenderPool
import Synchronization
package import TileCache
package import TileModel
package import TileTiers
import WorkerProtocol

/// Answers tiles and structure of documents out of caches, pool and archive. Portal and node are both made of it, which is
/// why each can stand in for the other.
package final class DocumentService: Sendable {
    package struct Configuration: Sendable {
        /// Bytes of encoded tiles kept in memory.
        package var tileCacheBytes: Int
        /// How long a version is believed current without asking the archive.
        package var versionInterval: Duration = .seconds(5)
        /// How long what it said last counts while the archive cannot be asked.
        package var staleFor: Duration = .seconds(900)
        package var pixelLimit: PixelLimit = .standard
        package var blocks: BlockStore.Configuration
        /// The header of a request by which the archive tells who asks; nil where it does not decide rights.
        package var forwardedHeader: String?
        /// Asked about documents before the archive.
        package var others: (any KnownObjects)?

        package init(tileCacheBytes: Int, blocks: BlockStore.Configuration) {
            self.tileCacheBytes = tileCacheBytes
            self.blocks = blocks
        }
    }

    package let configuration: Configuration
    package let archive: any DocumentArchive
    package let access: any AccessPolicy
    package let pool: RenderPool
    let archiveMetrics = ArchiveMetrics()
    package let holdings = DocumentHoldings()
    package let tileLookUps = TileLookUps()
    let learning = SingleFlight<DocumentID, (object: ArchiveObject, age: Duration)?>()
    private let report = LayerReport()
    let warmings = SingleFlight<DocumentReference, Void>()
    let streams = StreamMetrics()
    let catalog: DocumentCatalog
    /// What was fetched of documents that are no local files.
    package let blocks: BlockStore
    let pages = PageDirectory()
    let openDocuments: OpenDocuments
    private let tiles: MemoryTiles<TileKey, RenderedTile>
    /// Where tiles lie beyond this process's memory.
    let tiers: TierChain
    private let tileFlights = SingleFlight<TileKey, (RenderedTile, Timings)>()
    private let purges = Mutex(PurgeLog())
    private let fingerprints = Mutex<[String: RenderingFingerprint]>([:])
    private let logger: Logger

    package init(
        configuration: Configuration, archive: any DocumentArchive, access: any AccessPolicy, pool: RenderPool,
        tiers: TierChain = TierChain(), logger: Logger
    ) {
        self.configuration = configuration
        self.access = access
        self.pool = pool
        self.tiers = tiers
        self.logger = logger
        openDocuments = OpenDocuments(pool: pool)
        let archive = MeasuredArchive(archive, archiveMetrics)
        self.archive = archive
        blocks = BlockStore(configuration.blocks, archive: archive, logger: logger)
        catalog = DocumentCatalog(
            archive: archive, .init(interval: configuration.versionInterval, staleFor: configuration.staleFor))
        tiles = MemoryTiles(budget: configuration.tileCacheBytes, layer: "tiles-memory")
    }

    /// Has as many pages rendered at a time as that, 1 or more.
    package func renderAtATime(_ workers: Int) { pool.resize(workers: workers) }

    // MARK: Versions

    /// The document that the granted reference means now. See `DocumentCatalog`.
    package func resolve(_ reference: DocumentReference, _ grant: Grant) async throws -> ResolvedDocument {
        precondition(grant.document == reference.document, "the grant is for another document")
        if grant.caller == nil { await learn(reference) }
        return try await catalog.resolve(reference, for: grant.caller)
    }

    /// Does something with a document. Where the file turns out to have changed meanwhile, a reference that pins no version
    /// is tried once more with the new one; one that does gets `versionGone`.
    func withDocument<Result: Sendable>(
        _ reference: DocumentReference, _ grant: Grant, _ body: (RequestedDocument) async throws -> Result
    ) async throws -> Result {
        let document = RequestedDocument(try await resolve(reference, grant), password: grant.password)
        holdings.requested(reference.document)
        do {
            return try await body(document)
        } catch  where Self.isChanged(error) {
            pool.forget(document.key)
            let object = try await catalog.check(reference.document, for: grant.caller)
            guard reference.version == nil || reference.version == object.version else {
                throw ArchiveError.versionGone
            }
            let resolved = ResolvedDocument(object, isConfirmed: true)
            return try await body(RequestedDocument(resolved, password: grant.password))
        }
    }

    private static func isChanged(_ error: any Error) -> Bool {
        switch error {
        case ArchiveError.versionGone, RenderError.refused(.sourceChanged): true
        default: false
        }
    }

    // MARK: Tiles

    /// The tile, where document, page and picture are at hand, without waiting for anything.
    func tileAtHand(_ target: TileTarget, _ grant: Grant) throws(ImageRequestError) -> TileAtHand? {
        guard grant.document == target.reference.document,
            let resolved = catalog.believed(target.reference, for: grant.caller),
            let key = try key(of: target, resolved.pinned, grant), let found = tiles.value(for: key, countsMiss: false)
        else { return nil }
        holdings.requested(target.reference.document)
        tileLookUps.hit()
        return TileAtHand(rendered: found, tile: key.tile, isConfirmed: resolved.isConfirmed)
    }

    /// The tile's key, where the page's size is known.
    private func key(of target: TileTarget, _ pinned: PinnedDocument, _ grant: Grant) throws(ImageRequestError)
        -> TileKey?
    {
        let generation = pages.generation
        if grant.password == nil, let key = target.key(for: pinned, generation) { return key }
        // A page that was learnt with another password, or with none, is not found.
        let document = RequestedDocument(pinned, password: grant.password)
        guard let known = pages[document, target.page] else { return nil }
        let tile = try Tile(
            target.request, page: target.page, pageSize: known.summary.geometry.pixelSize,
            limit: configuration.pixelLimit)
        let key = TileKey(document: document, tile: tile)
        if grant.password == nil {
            target.remember(TileTarget.Key(pinned: pinned, generation: generation, key: key))
        }
        return key
    }

    /// The tile, or word that the client has it already; in that case it is not made.
    package func tile(
        _ reference: DocumentReference, page: Int, _ request: ImageRequest, _ grant: Grant,
        hasEntityTag: @Sendable (String) -> Bool
    ) async throws -> TileAnswer {
        try await withDocument(reference, grant) { document in
            try await correctingSize(of: document) {
                let known = try await self.known(page, of: document)
                let pageSize = known.summary.geometry.pixelSize
                let tile = try Tile(request, page: page, pageSize: pageSize, limit: configuration.pixelLimit)
                let entityTag = known.fingerprint.entityTag(document.pinned, tile)
                var status = CacheStatus(isHit: true, isConfirmed: document.isConfirmed)
                if hasEntityTag(entityTag) { return TileAnswer.unchanged(entityTag, tile, status) }
                var (rendered, timings) = try await rendered(tile, pageSize, of: document)
                timings.add(known.timings)
                status.isHit = timings.isHit
                return TileAnswer.tile(rendered, timings, tile, status)
            }
        }
    }

    /// Answers with what the page's own parsing said of its size, where the document's structure said something else.
    private func correctingSize<Result>(
        of document: RequestedDocument, _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch RenderError.refused(.pageSizeDiffers(let summary)) {
            if let known = pages[document, summary.page] {
                pages.remember([summary], of: document, fingerprint: known.fingerprint)
            }
            return try await body()
        }
    }

    /// In pixels: a tile of the largest side that viewers ask for.
    private static let largestUrgentTile = 1 << 20

    package enum TileAnswer: Sendable {
        /// The client has it already.
        case unchanged(String, Tile, CacheStatus)
        case tile(RenderedTile, Timings, Tile, CacheStatus)
    }

    func rendered(
        _ tile: Tile, _ pageSize: PixelSize, of document: RequestedDocument
    ) async throws -> (RenderedTile, Timings) {
        let key = TileKey(document: document, tile: tile)
        if let found = tiles.value(for: key) {
            tileLookUps.hit()
            return (found, Timings(layer: .memory))
        }
        do {
            let found = try await tileFlights.value(for: key) { [self] in try await made(key, pageSize) }
            if found.1.isHit { tileLookUps.hit() } else { tileLookUps.missed() }
            return found
        } catch {
            tileLookUps.missed()
            throw error
        }
    }

    /// From the tiers below memory, else from a worker.
    private func made(_ key: TileKey, _ pageSize: PixelSize) async throws -> (RenderedTile, Timings) {
        if let (found, layer) = await fromTiers(key) {
            keepInMemory(found, key)
            return (found, Timings(layer: layer))
        }
        let (tile, document) = (key.tile, key.document)
        let lane: RenderLane = tile.size.area > Self.largestUrgentTile ? .bulk : .tile
        let (outcome, timings) = try await run(.render(tile, pageSize: pageSize), document, lane)
        let fingerprint = fingerprint(outcome)
        guard case .picture(let picture) = outcome.reply else { throw RenderError.workerDied }
        let rendered = RenderedTile(
            data: ByteBuffer(bytes: picture.data), size: picture.size, format: picture.format,
            entityTag: fingerprint.entityTag(document.pinned, tile))
        keepInMemory(rendered, key)
        keepInTiers(rendered, key, fingerprint, timings)
        return (rendered, timings)
    }

    private func keepInMemory(_ rendered: RenderedTile, _ key: TileKey) {
        tiles.insert(rendered, bytes: rendered.heapBytes + key.heapBytes, for: key)
    }

    // MARK: Pages

    /// A page's summary. Throws `RenderError.refused(.noSuchPage)`.
    package func page(_ page: Int, of document: RequestedDocument) async throws -> PageSummary {
        try await known(page, of: document).summary
    }

    func known(_ page: Int, of document: RequestedDocument) async throws -> KnownPage {
        if let known = pages[document, page] { return known }
        if let known = await knownToTiers(page, of: document) { return known }
        let (outcome, timings) = try await run(.page(page), document, .tile)
        guard case .page(let summary) = outcome.reply else { throw RenderError.workerDied }
        let fingerprint = fingerprint(outcome)
        pages.remember([summary], of: document, fingerprint: fingerprint)
        let known = KnownPage(summary: summary, fingerprint: fingerprint, timings: timings)
        tellTiers(known, of: document)
        return known
    }

    /// What decides the bytes of what the outcome's worker makes.
    private func fingerprint(_ outcome: RenderOutcome) -> RenderingFingerprint {
        fingerprints.withLock { fingerprints in
            if let known = fingerprints[outcome.fingerprint] { return known }
            let fingerprint = fingerprint(ofWorkers: outcome.fingerprint)
            fingerprints[outcome.fingerprint] = fingerprint
            return fingerprint
        }
    }

    /// Whether workers of this process make tiles with it.
    func isCurrent(_ fingerprint: RenderingFingerprint) -> Bool {
        fingerprint.digest == rendering || fingerprints.withLock { $0.values.contains(fingerprint) }
    }

    private func fingerprint(ofWorkers fingerprint: String) -> RenderingFingerprint {
        RenderingFingerprint(parts: [fingerprint, "limit/\(configuration.pixelLimit.area)"])
    }

    /// Tells members apart that make different tiles: the fingerprint of the workers that are always there.
    package var rendering: String { fingerprint(ofWorkers: pool.fingerprint).digest }

    func structure(of document: RequestedDocument, from page: Int, count: Int) async throws -> StructurePart {
        let (outcome, _) = try await run(.structure(from: page, count: count), document, .structure)
        guard case .structure(let part) = outcome.reply else { throw RenderError.workerDied }
        pages.remember(part.pages, of: document, fingerprint: fingerprint(outcome))
        return part
    }

    /// The structure of all pages.
    /// - Throws: `Problem` of type `too-many-pages` where there are more than wanted.
    func pages(of document: RequestedDocument, atMost limit: Int) async throws -> (DocumentSummary, [PageSummary]) {
        var part = try await structure(of: document, from: 1, count: 64)
        let summary = part.summary
        var pages: [PageSummary] = []
        while let last = part.pages.last {
            pages += part.pages
            guard pages.count <= limit else {
                throw Problem(
                    "too-many-pages", .payloadTooLarge, "The document has too many pages for that.",
                    members: [("limit", .int(limit))])
            }
            if let count = summary.pages, last.page >= count { break }
            part = try await structure(of: document, from: last.page + 1, count: 64)
        }
        return (summary, pages)
    }

    func outline(of document: RequestedDocument) async throws -> [OutlineItem] {
        let (outcome, _) = try await run(.outline, document, .structure)
        guard case .outline(let items) = outcome.reply else { throw RenderError.workerDied }
        return items
    }

    /// Opens a document before anybody asks for it, and parses the page that is asked for next: the first one is on the
    /// screen by then.
    package func warm(_ document: PinnedDocument) async {
        holdings.warmed(document.document)
        // Resolving it now saves the first tile the question to the archive.
        let reference = DocumentReference(document: document.document, version: document.version)
        guard let document = try? await catalog.resolve(reference) else { return }
        _ = try? await run(.page(2), RequestedDocument(document), .background)
    }

    // MARK: Workers

    func run(_ request: WorkerRequest, _ document: RequestedDocument, _ lane: RenderLane) async throws
        -> (RenderOutcome, Timings)
    {
        let archiveTime = ArchiveTime()
        let sources = DocumentSources(document, self, archiveTime)
        let job = RenderJob(
            documentKey: document.key, request: request, lane: lane, password: document.password?.bytes,
            isNewVersion: holdings.hadOtherVersion(document.pinned)
        ) { try await sources.source($0) }
        let outcome = try await pool.run(job)
        let report = outcome.report
        if report.openMilliseconds > 0 { openDocuments.counts.missed() } else { openDocuments.counts.hit() }
        if let reads = sources.reads {
            // The archive has counted them itself.
            holdings.read(document.document, calls: reads.calls, bytes: reads.bytes)
        } else {
            archiveMetrics.read(calls: report.reads, bytes: report.readBytes)
            holdings.read(document.document, calls: report.reads, bytes: report.readBytes)
        }
        var timings = Timings()
        timings.queue = outcome.queueMilliseconds
        timings.archive = archiveTime.milliseconds
        if report.openMilliseconds > 0 { (timings.open, timings.opening) = (report.openMilliseconds, outcome.recovery) }
        timings.render = report.renderMilliseconds
        timings.encode = report.encodeMilliseconds
        return (outcome, timings)
    }

    // MARK: Errors

    /// What the client gets to know of an error. What only operators should know goes into the log.
    /// - Parameter request: the id of the request, for the log.
    package func problem(_ error: any Error, request: String? = nil) -> Problem {
        let problem = Problem(error)
        // An archive that is known to be away has been logged once.
        if case ArchiveError.suspended = error { return problem }
        if problem.status.code >= 500, problem.status != .serviceUnavailable {
            logger.error("a request failed", metadata: ["error": "\(error)", "request": "\(request ?? "-")"])
        }
        return problem
    }

    // MARK: Caches

    /// Every layer that holds something of documents, in the order in which they forget: what is asked for again meanwhile
    /// is asked of the archive first.
    package var layers: [any CacheLayer] {
        [catalog, pages, tiles] + tiers.layers + [blocks] + sharedBlocks + [openDocuments] + archive.layers
    }

    private var sharedBlocks: [any CacheLayer] { configuration.blocks.sources.compactMap { $0 as? any CacheLayer } }

    /// Forgets everything about these documents, in every layer.
    /// - Parameter event: names what happened. Where that has been heard of, only the archive is asked again: what the layers
    ///   hold is of versions, and none is served that is not believed current.
    package func purge(_ selection: DocumentSelection, event: String? = nil) async {
        if let event, !purges.withLock({ $0.isNew(event, selection) }) { return await catalog.purge(selection) }
        for layer in layers { await layer.purge(selection) }
    }

    /// Writes down what can only be read off, for those who ask for the metrics next.
    package func recordMetrics() {
        report.record(layers)
        pool.recordMetrics()
    }

    package var tileCacheUsage: (bytes: Int, entries: Int) {
        let usage = tiles.usage
        return (usage.bytes, usage.entries)
    }

    /// Whether some worker of this process holds the document open, in the version believed current.
    package func holdsOpen(_ document: DocumentID) -> Bool {
        guard let object = catalog.lastKnown(document) else { return false }
        return pool.holds(RequestedDocument(PinnedDocument(document, object.version)).key)
    }
}
