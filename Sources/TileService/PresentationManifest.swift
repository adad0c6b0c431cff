// SPDX-License-Identifier: Apache-2.0

import HTTPService
import TileModel
import WorkerProtocol

/// A document as IIIF Presentation API 3.0 sees it: pages are canvases with one picture each, the outline is ranges.
///
/// Every address pins the version, so that a viewer which took the manifest never mixes two versions.
struct PresentationManifest {
    /// The address of the document under `/iiif`, version included, without a trailing slash.
    let base: String
    /// As it was asked for; the manifest's own id.
    let id: String
    let name: String
    let summary: DocumentSummary
    let pages: [PageSummary]
    let outline: [OutlineItem]
    let rights: String?
    let limit: PixelLimit

    static let context = "http://iiif.io/api/presentation/3/context.json"
    /// A canvas takes about a kilobyte of JSON. What has more pages is no document that a viewer of manifests can hold.
    static let mostPages = 20_000

    private static let thumbnailSide = 200

    var json: JSON {
        .compact([
            ("@context", .string(Self.context)),
            ("id", .string(id)),
            ("type", .string("Manifest")),
            ("label", Self.text(summary.title ?? name)),
            ("metadata", .array(metadata)),
            ("rights", .optional(rights)),
            ("thumbnail", pages.first.map { .array([thumbnail($0)]) } ?? .null),
            ("items", .array(pages.map(canvas))),
            ("structures", ranges.isEmpty ? .null : .array(ranges)),
        ])
    }

    private var metadata: [JSON] {
        var entries = [("Name", name), ("Format", summary.format), ("Pages", String(pages.count))]
        if let title = summary.title { entries.insert(("Title", title), at: 0) }
        return entries.map { .object([("label", Self.text($0, "en")), ("value", Self.text($1))]) }
    }

    // MARK: Pages

    private func canvasID(_ page: Int) -> String { "\(base)/\(page)/canvas" }

    private func canvas(_ page: PageSummary) -> JSON {
        let size = page.geometry.pixelSize
        let id = canvasID(page.page)
        return .object([
            ("id", .string(id)),
            ("type", .string("Canvas")),
            ("label", Self.text(page.label ?? String(page.page))),
            ("width", .int(size.width)),
            ("height", .int(size.height)),
            ("thumbnail", .array([thumbnail(page)])),
            (
                "items",
                .array([
                    .object([
                        ("id", .string("\(id)/pictures")),
                        ("type", .string("AnnotationPage")),
                        (
                            "items",
                            .array([
                                .object([
                                    ("id", .string("\(id)/picture")),
                                    ("type", .string("Annotation")),
                                    ("motivation", .string("painting")),
                                    ("body", picture(page, size: wholePage(page), name: "max")),
                                    ("target", .string(id)),
                                ])
                            ])
                        ),
                    ])
                ])
            ),
        ])
    }

    /// What `max` gives for the page.
    private func wholePage(_ page: PageSummary) -> PixelSize {
        let request = ImageRequest(region: .full, size: .max, mayEnlarge: false, format: .jpg)
        return (try? Tile(request, page: page.page, pageSize: page.geometry.pixelSize, limit: limit))?.size
            ?? page.geometry.pixelSize
    }

    private func thumbnail(_ page: PageSummary) -> JSON {
        let full = page.geometry.pixelSize
        let scale = min(1, Double(Self.thumbnailSide) / Double(max(full.width, full.height)))
        let size = PixelSize(
            width: max(1, Int((Double(full.width) * scale).rounded())),
            height: max(1, Int((Double(full.height) * scale).rounded())))
        return picture(page, size: size, name: size == full ? "max" : "\(size.width),\(size.height)")
    }

    /// - Parameter name: the size as it stands in the address.
    private func picture(_ page: PageSummary, size: PixelSize, name: String) -> JSON {
        let service = "\(base)/\(page.page)"
        return .object([
            ("id", .string("\(service)/full/\(name)/0/default.\(page.tiles.rawValue)")),
            ("type", .string("Image")),
            ("format", .string(page.tiles.mediaType)),
            ("width", .int(size.width)),
            ("height", .int(size.height)),
            (
                "service",
                .array([
                    .object([
                        ("id", .string(service)), ("type", .string("ImageService3")), ("profile", .string("level2")),
                    ])
                ])
            ),
        ])
    }

    // MARK: Outline

    private var ranges: [JSON] {
        outline.enumerated().compactMap { range($1, path: "\($0 + 1)") }
    }

    /// Nil for an entry that leads nowhere: a range has at least one item.
    private func range(_ item: OutlineItem, path: String) -> JSON? {
        var items: [JSON] = []
        if let page = item.page {
            items.append(.object([("id", .string(canvasID(page))), ("type", .string("Canvas"))]))
        }
        items += item.items.enumerated().compactMap { range($1, path: "\(path)-\($0 + 1)") }
        guard !items.isEmpty else { return nil }
        return .object([
            ("id", .string("\(base)/range/\(path)")),
            ("type", .string("Range")),
            ("label", Self.text(item.title)),
            ("items", .array(items)),
        ])
    }

    /// A language map.
    private static func text(_ value: String, _ language: String = "none") -> JSON {
        .object([(language, .array([.string(value)]))])
    }
}
