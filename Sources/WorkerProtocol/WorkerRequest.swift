// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What the pool asks of a worker about one document.
package enum WorkerRequest: Sendable, Hashable {
    /// Metadata and up to `count` page summaries from page `from` on, fewer where they take longer than a lease. Page sizes
    /// are found without reading the pages' contents.
    case structure(from: Int, count: Int)
    case outline
    /// One page's summary.
    case page(Int)
    /// A tile of a page whose size is believed to be `pageSize`.
    case render(Tile, pageSize: PixelSize)
    /// One page's words.
    case text(page: Int)
    /// What leads somewhere from one page.
    case links(page: Int)
    /// The hits of a query from a page on, as far as one lease goes.
    case search(String, from: Int)
}

/// A request on its way to a worker.
package struct WorkerJob: Sendable {
    package var id: UInt32
    /// Names document and version for the worker: equal keys mean equal bytes.
    package var documentKey: [UInt8]
    package var request: WorkerRequest
    /// What to expect of the descriptors that come with the frame, if any do.
    package var source: WorkerSource?
    /// The password with which to open the document; comes with a source only.
    package var password: [UInt8]?

    package init(
        id: UInt32, documentKey: [UInt8], request: WorkerRequest, source: WorkerSource?, password: [UInt8]? = nil
    ) {
        self.id = id
        self.documentKey = documentKey
        self.request = request
        self.source = source
        self.password = password
    }
}

/// How a worker gets at a document's bytes.
package enum WorkerSource: Sendable, Hashable {
    /// One descriptor: the file itself.
    case file(SourceIdentity)
    /// Two descriptors: a file that holds some blocks of the document, and the map that says which.
    case blocks(SourceBlocks)

    package var descriptors: Int {
        switch self {
        case .file: 1
        case .blocks: 2
        }
    }
}

/// Where the blocks of a document lie in the file that comes with it.
///
/// The map begins with a counter, which changes before anything is taken away, in 8 bytes of the machine's order; then
/// a bit a block follows, least significant first, in such words.
package struct SourceBlocks: Sendable, Hashable {
    /// Bytes of the document.
    package var size: Int
    package var blockSize: Int
    /// Where in the file the document's first byte lies.
    package var dataOffset: Int

    package init(size: Int, blockSize: Int, dataOffset: Int) {
        self.size = size
        self.blockSize = blockSize
        self.dataOffset = dataOffset
    }
}

/// The state of a file when its version was determined. A worker that sees another one throws its result away.
package struct SourceIdentity: Sendable, Hashable {
    package var size: Int
    package var modifiedSeconds: Int
    package var modifiedNanoseconds: Int
    package var changedSeconds: Int
    package var changedNanoseconds: Int

    package init(
        size: Int, modifiedSeconds: Int, modifiedNanoseconds: Int, changedSeconds: Int, changedNanoseconds: Int
    ) {
        self.size = size
        self.modifiedSeconds = modifiedSeconds
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedSeconds = changedSeconds
        self.changedNanoseconds = changedNanoseconds
    }
}

package enum WorkerReply: Sendable {
    case structure(StructurePart)
    case outline([OutlineItem])
    case page(PageSummary)
    case picture(Picture)
    case text(PageText)
    case links([PageLink])
    case search(SearchPart)
}

/// Some of a document's structure.
package struct StructurePart: Sendable {
    package var summary: DocumentSummary
    package var pages: [PageSummary]

    package init(summary: DocumentSummary, pages: [PageSummary]) {
        self.summary = summary
        self.pages = pages
    }
}

/// An encoded picture.
package struct Picture: Sendable {
    package var format: TileFormat
    package var size: PixelSize
    package var data: [UInt8]

    package init(format: TileFormat, size: PixelSize, data: [UInt8]) {
        self.format = format
        self.size = size
        self.data = data
    }
}

/// Why a worker could not do a job, though it lives.
package enum WorkerFailure: Error, Sendable, Hashable {
    /// The worker does not hold the document, and none came with the job.
    case needsSource
    /// These bytes of the document, in their order, are not at hand yet. The job is to be given again when they are.
    case bytesMissing([Range<Int>])
    /// No engine knows these bytes.
    case formatUnknown
    /// The engine lives in workers of another kind.
    case otherKind(EngineKind)
    case damaged(String)
    case passwordRequired
    case passwordWrong
    case noSuchPage(pages: Int)
    /// The page does not have the size that the request was worked out for.
    case pageSizeDiffers(PageSummary)
    /// The file is not what it was when its version was determined.
    case sourceChanged
    case cancelled
    /// The picture takes more memory than there is for one.
    case tooLarge
    /// The document is beyond what its engine opens.
    case documentTooLarge
    case formatUnsupported
}

/// What a job cost, in milliseconds, and what the worker holds after it.
package struct WorkerReport: Sendable {
    package var openMilliseconds = 0.0
    package var renderMilliseconds = 0.0
    package var encodeMilliseconds = 0.0
    /// Reads of the archive's own file that this job caused, and how many bytes they were.
    package var reads = 0
    package var readBytes = 0
    package var openDocuments = 0
    package var allocatedBytes = 0

    package init() {}
}
