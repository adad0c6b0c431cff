// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import HTTPService
import NIOCore
import RenderPool
import TileCache
import TileModel
import WorkerProtocol

/// Sends a document's structure, each event as soon as it is known.
///
/// Structure is many short jobs; the next is asked for only when the client has taken the last, so a reader that stalls
/// holds no worker.
struct StructureStream: Sendable {
    private static let pagesPerJob = 64
    private static let previewPatience: Duration = .milliseconds(400)
    /// In pixels of the preview's width.
    static let previewWidths = 32...2400

    let service: DocumentService
    let document: RequestedDocument
    let framing: LineWriter.Framing
    let from: Int
    /// Nil: no preview.
    let previewWidth: Int?
    /// Summary and the first page, found before the answer's status was decided.
    let first: StructurePart
    /// What can wait until the first page is on the reader's screen, and would hold it up before: called once, unless the
    /// reader has gone.
    let whenShown: @Sendable () -> Void

    func send(to writer: BodyWriter) async throws {
        let line = LineWriter(writer: writer, framing: framing)
        try await line.keptAlive { try await events(to: line) }
    }

    private func events(to line: LineWriter) async throws {
        do {
            try await line.send(.document(first.summary), json(.document(first.summary)))
            var next = from
            for page in first.pages {
                try await line.send(.page(page), json(.page(page)))
                next = page.page + 1
            }
            let last: Int
            if from == 1, let previewWidth, let page = first.pages.first {
                // Most first pages are drawn in an instant and come first; one that is not must not hold up the rest.
                let drawing = Task { try await previewIfPossible(of: page, width: previewWidth) }
                defer { drawing.cancel() }
                let isDrawn = await Self.wait(for: drawing, atMost: Self.previewPatience)
                if isDrawn { try await send(preview: drawing, to: line) }
                whenShown()
                last = try await rest(from: next, to: line)
                if !isDrawn { try await send(preview: drawing, to: line) }
            } else {
                whenShown()
                last = try await rest(from: next, to: line)
            }
            let end = StructureEvent.end(pages: max(last, first.summary.pages ?? 0))
            try await line.send(end, json(end))
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as ChannelError {
            throw error
        } catch {
            // The status went out long ago: the error is the last event.
            try await line.sendError(service.problem(error))
        }
    }

    /// Sends the pages from `page` on and the outline. Returns the last page.
    private func rest(from page: Int, to line: LineWriter) async throws -> Int {
        let last = try await pages(from: page, to: line)
        let items = try await service.outline(of: document)
        if !items.isEmpty { try await line.send(.outline(items), json(.outline(items))) }
        return last
    }

    private func send(preview drawing: Task<Preview?, any Error>, to line: LineWriter) async throws {
        let preview = try await withTaskCancellationHandler {
            try await drawing.value
        } onCancel: {
            drawing.cancel()
        }
        if let preview { try await line.send(.preview(preview), json(.preview(preview))) }
    }

    /// Whether the drawing ended within the time. Goes on at once when the time is up.
    private static func wait(for drawing: Task<Preview?, any Error>, atMost patience: Duration) async -> Bool {
        await Patience.value(within: patience) {
            _ = await drawing.result
            return true
        } ?? false
    }

    private func pages(from start: Int, to line: LineWriter) async throws -> Int {
        var next = start
        while next <= first.summary.pages ?? .max {
            let part = try await service.structure(of: document, from: next, count: Self.pagesPerJob)
            guard let last = part.pages.last else { break }
            try await line.send(part.pages.map { json(.page($0)) }, named: "page")
            next = last.page + 1
        }
        return next - 1
    }

    /// A first page that cannot be drawn must not hide the others: its tiles will say what is wrong with it.
    private func previewIfPossible(of page: PageSummary, width: Int) async throws -> Preview? {
        do {
            return try await preview(of: page, width: width)
        } catch is CancellationError {
            throw CancellationError()
        } catch RenderError.refused(.sourceChanged) {
            throw ArchiveError.versionGone
        } catch {
            _ = service.problem(error)
            return nil
        }
    }

    private func preview(of page: PageSummary, width: Int) async throws -> Preview {
        let pageSize = page.geometry.pixelSize
        // JPEG whatever the page: it is there for an instant, and encodes in a fifth of the time.
        let request = ImageRequest(
            region: .full, size: .within(width: width, height: 4 * width), mayEnlarge: true,
            format: .jpg)
        let tile = try Tile(
            request, page: page.page, pageSize: pageSize, limit: service.configuration.pixelLimit)
        let (rendered, _) = try await service.rendered(tile, pageSize, of: document)
        return Preview(
            page: page.page, size: rendered.size, format: rendered.format, data: Array(rendered.data.readableBytesView))
    }

    // MARK: JSON

    private func json(_ event: StructureEvent) -> JSON {
        switch event {
        case .document(let summary):
            .compact([
                ("event", .string("document")),
                ("id", .string(document.document.displayName)),
                ("path", .string(document.document.pathSegment)),
                ("version", .string(document.version.value)),
                ("format", .string(summary.format)),
                ("pages", .optional(summary.pages)),
                ("title", .optional(summary.title)),
                ("metadata", summary.metadata.json),
            ])
        case .page(let page): Self.json(page)
        case .preview(let preview):
            .object([
                ("event", .string("preview")),
                ("page", .int(preview.page)),
                ("type", .string(preview.format.mediaType)),
                ("width", .int(preview.size.width)),
                ("height", .int(preview.size.height)),
                ("data", .string(Base64.encode(preview.data))),
            ])
        case .outline(let items): .object([("event", .string("outline")), ("items", .array(items.map(Self.json)))])
        case .end(let pages): .object([("event", .string("end")), ("pages", .int(pages))])
        }
    }

    static func json(_ page: PageSummary) -> JSON {
        .compact([
            ("event", .string("page")),
            ("page", .int(page.page)),
            ("width", .double(page.geometry.width)),
            ("height", .double(page.geometry.height)),
            ("unit", .string(page.geometry.unit.rawValue)),
            ("rotation", .int(page.geometry.rotation)),
            ("label", .optional(page.label)),
            ("tiles", .string(page.tiles.rawValue)),
        ])
    }

    static func json(_ item: OutlineItem) -> JSON {
        .compact(
            [
                ("title", .string(item.title)),
                ("page", .optional(item.page)),
            ] + (item.position?.members ?? []) + [
                ("items", item.items.isEmpty ? .null : .array(item.items.map(Self.json)))
            ])
    }
}

extension LineWriter {
    fileprivate func send(_ event: StructureEvent, _ json: JSON) async throws {
        let name =
            switch event {
            case .document: "document"
            case .page: "page"
            case .preview: "preview"
            case .outline: "outline"
            case .end: "end"
            }
        try await send([json], named: name)
    }
}

/// RFC 4648, section 4.
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            var out = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let count = min(3, bytes.count - start)
                var group = UInt32(bytes[start]) << 16
                if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
                if count > 2 { group |= UInt32(bytes[start + 2]) }
                text[out] = alphabet[Int(group >> 18)]
                text[out + 1] = alphabet[Int(group >> 12 & 63)]
                text[out + 2] = count > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "=")
                text[out + 3] = count > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "=")
                out += 4
            }
            return out
        }
    }
}
