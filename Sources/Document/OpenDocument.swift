// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// A document that an engine has opened. Used by one thread.
package protocol OpenDocument: AnyObject {
    var summary: DocumentSummary { get }

    /// Summaries of up to `count` pages from page `first` (1-based) on, as cheaply as the format allows: no page's content
    /// is read for it. Past the last page: empty.
    func pages(from first: Int, count: Int) throws -> [PageSummary]

    /// One page's summary. Throws `noSuchPage`.
    func page(_ page: Int) throws -> PageSummary

    func outline() throws -> [OutlineItem]

    /// A page's words in reading order. Throws `noSuchPage`. None where the format has no text.
    func text(of page: Int) throws -> PageText

    /// What leads somewhere from a page. Throws `noSuchPage`.
    func links(on page: Int) throws -> [PageLink]

    /// Where a page holds what is searched for, in order. Searches `text(of:)`, where an engine knows no faster way.
    func hits(of query: SearchQuery, on page: Int) throws -> [SearchHit]

    /// Draws the part of the page that `placement` names on the canvas, which is white.
    /// - Parameter isCancelled: asked now and then; drawing stops with `cancelled` once it is true.
    func draw(
        page: Int, placement: TilePlacement, pageSize: PixelSize, on canvas: Canvas, isCancelled: @escaping () -> Bool
    ) throws

    /// Whether nothing is remembered of reads that failed, so that the document serves on once the bytes are there.
    var forgetsFailedReads: Bool { get }

    /// When the page was last used that `releaseOldestPage` would let go. Nil where none is held.
    var oldestPageUse: UInt64? { get }

    /// Closes the page that has not been used for the longest time.
    func releaseOldestPage()
}

extension OpenDocument {
    package var forgetsFailedReads: Bool { false }

    /// Summaries of up to `count` pages, fewer if the lease is over before; at least one where there is one.
    /// - Parameter isOver: asked every few pages.
    package func pages(from first: Int, count: Int, isOver: () -> Bool) throws -> [PageSummary] {
        // One page is taken for the one that is shown next.
        if count == 1 { return try pages(from: first, count: 1) }
        var found: [PageSummary] = []
        while found.count < count {
            let wanted = min(Self.pagesPerLook, count - found.count)
            let some = try pages(from: first + found.count, count: max(2, wanted))
            found += some
            if some.count < wanted || isOver() { break }
        }
        return Array(found.prefix(count))
    }

    /// Looking at the clock costs nothing, but engines prepare something for each call.
    private static var pagesPerLook: Int { 16 }

    package func text(of page: Int) throws -> PageText {
        _ = try self.page(page)
        return PageText()
    }

    package func links(on page: Int) throws -> [PageLink] {
        _ = try self.page(page)
        return []
    }
}

/// A format as an engine knows it.
///
/// **Adding one:** a file with a type that conforms to this in the folder of its engines, where the list of the kind's
/// formats names it, and a line in `DocumentSignature.all`, by which it is recognised. `FormatContract` asks for a specimen.
package protocol DocumentFormat: SendableMetatype {
    /// The media types that it opens, as in `DocumentSignature`.
    static var mediaTypes: [String] { get }

    /// The engine and its version: part of the rendering fingerprint.
    static var engine: String { get }

    /// Folders whose files the engine opens after `prepare`: fonts. Nothing else can be opened by name then.
    static var readableFolders: [String] { get }

    /// Loads the engine's libraries and fonts, before the sandbox closes. Called once.
    static func prepare()

    /// - Parameter password: what the request gave; nil or not needed: ignored.
    /// - Throws: `DocumentError`.
    static func open(_ source: any DocumentSource, password: [UInt8]?, clock: UseClock) throws -> any OpenDocument
}

/// The formats of one kind of worker.
package struct DocumentFormats: Sendable {
    package let kind: EngineKind
    package let all: [any DocumentFormat.Type]

    package init(_ kind: EngineKind, _ all: [any DocumentFormat.Type]) {
        self.kind = kind
        self.all = all
    }

    /// What the sandbox must leave readable.
    package var readableFolders: [String] { all.flatMap { $0.readableFolders } }

    package func prepare() {
        for format in all { format.prepare() }
    }

    /// Opens a document with the format that its first bytes name.
    /// - Throws: `otherKind` where its engine lives in another kind of worker; `formatUnknown`; what the engine throws.
    package func open(_ source: any DocumentSource, password: [UInt8]? = nil, clock: UseClock) throws
        -> any OpenDocument
    {
        guard let signature = DocumentSignature.recognise(source.head(DocumentSignature.headLength)) else {
            // A read that failed is not a foreign format.
            if source.isMissingBytes { throw DocumentError.bytesMissing }
            if !source.isUnchanged { throw DocumentError.damaged("the file changed while it was read") }
            throw DocumentError.formatUnknown
        }
        guard signature.kind == kind else { throw DocumentError.otherKind(signature.kind) }
        guard let format = all.first(where: { $0.mediaTypes.contains(signature.mediaType) }) else {
            throw DocumentError.formatUnknown
        }
        return try format.open(source, password: password, clock: clock)
    }
}

/// Counts uses, so that the least recently used page of all documents can be found.
package final class UseClock {
    /// The latest use.
    package private(set) var value: UInt64 = 0

    package init() {}

    package func tick() -> UInt64 {
        value += 1
        return value
    }
}
