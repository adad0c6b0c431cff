// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// How a format is told by a document's first bytes, and which engines know it. Known to every worker, so that one which
/// gets a document of another kind can say where it belongs.
package struct DocumentSignature: Sendable {
    /// The media type, e.g. `application/pdf`.
    package let mediaType: String
    package let kind: EngineKind
    /// Whether these are the first `headLength` bytes (fewer where the document is shorter) of such a document.
    package let matches: @Sendable (_ head: [UInt8]) -> Bool

    package static let headLength = 1024

    /// The registry: what stands first wins. Exact marks go before rules that could take one for text.
    package static let all: [DocumentSignature] = [
        .marked("image/tiff", .raster, [0x49, 0x49, 0x2A, 0x00], [0x4D, 0x4D, 0x00, 0x2A]),
        // BigTIFF.
        .marked("image/tiff", .raster, [0x49, 0x49, 0x2B, 0x00], [0x4D, 0x4D, 0x00, 0x2B]),
        .marked("image/jpeg", .raster, [0xFF, 0xD8, 0xFF]),
        .marked("image/png", .raster, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        .marked("image/gif", .raster, Array("GIF87a".utf8), Array("GIF89a".utf8)),
        DocumentSignature(mediaType: "image/webp", kind: .raster) { head in
            head.starts(with: "RIFF".utf8) && head.dropFirst(8).starts(with: "WEBP".utf8)
        },
        .marked("image/jp2", .raster, [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20, 0x0D, 0x0A, 0x87, 0x0A]),
        // A bare codestream: start of codestream, then size.
        .marked("image/j2c", .raster, [0xFF, 0x4F, 0xFF, 0x51]),
        // The header may stand anywhere in the first 1,024 bytes (PDF 1.7 reference, implementation note 13).
        DocumentSignature(mediaType: "application/pdf", kind: .pdf) { $0.firstIndex(of: "%PDF-") != nil },
        // Gzip: the engine looks whether an SVG is inside.
        .marked("image/svg+xml", .drawing, [0x1F, 0x8B, 0x08]),
        DocumentSignature(mediaType: "image/svg+xml", kind: .drawing, matches: { XMLSignature.beginsWithElement(named: "svg", $0) }),
        DocumentSignature(mediaType: "text/plain", kind: .drawing, matches: isText),
    ]

    package static func recognise(_ head: [UInt8]) -> DocumentSignature? { all.first { $0.matches(head) } }

    private static func marked(_ mediaType: String, _ kind: EngineKind, _ marks: [UInt8]...) -> Self {
        DocumentSignature(mediaType: mediaType, kind: kind) { head in marks.contains { head.starts(with: $0) } }
    }

    /// No NUL and almost no other control characters, at most one in 64; in UTF-16, for which a byte order mark stands, that
    /// is asked of its units.
    private static func isText(_ head: [UInt8]) -> Bool {
        let units: [UInt16]
        if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
            let low = head[0] == 0xFF ? 0 : 1
            units = stride(from: 2, to: head.count - 1, by: 2).map { index in
                UInt16(head[index + low]) | UInt16(head[index + 1 - low]) << 8
            }
        } else {
            units = head.map { UInt16($0) }
        }
        // Escape: terminal logs are full of it.
        let controls = units.count { $0 < 0x20 && !(0x08...0x0D).contains($0) && $0 != 0x1B || $0 == 0x7F }
        return !units.isEmpty && !units.contains(0) && controls * 64 <= units.count
    }
}

extension Collection where Element == UInt8, Index == Int {
    /// Where `text` first occurs.
    fileprivate func firstIndex(of text: String) -> Int? {
        let mark = Array(text.utf8)
        guard count >= mark.count else { return nil }
        return (startIndex...endIndex - mark.count).first { self[$0] == mark[0] && self[$0...].starts(with: mark) }
    }
}
