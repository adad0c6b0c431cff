// SPDX-License-Identifier: Apache-2.0

package import Document

/// Plain text by Pango. To be asked last: text is what nothing else recognises.
package enum TextFormat: DocumentFormat {
    package static let mediaType = "text/plain"
    package static let engine = "text/\(TextPageRule.revision) \(DrawingLibraries.versions)"

    package static func prepare() { _ = DrawingLibraries.prepared }

    /// Whether the head has no NUL and almost no other control characters, at most one in 64. With a byte order mark of
    /// UTF-16 that is asked of its characters. An empty document is not text.
    package static func recognises(head: [UInt8]) -> Bool {
        guard !head.isEmpty else { return false }
        let encoding = TextEncoding(markOf: head)
        let units =
            switch encoding {
            case .utf16LE, .utf16BE: TextEncoding.units(of: head, encoding)
            default: head.map { UInt16($0) }
            }
        let controls = units.count { $0 < 0x20 && !(8...13).contains($0) && $0 != 0x1B || $0 == 0x7F }
        return !units.contains(0) && controls * 64 <= units.count
    }

    package static func recognises(_ head: [UInt8]) -> Bool { recognises(head: head) }

    /// Reads the first 64 KiB, however large the document is.
    package static func open(_ source: any DocumentSource, clock: UseClock) throws -> any OpenDocument {
        prepare()
        return try TextDocument(source)
    }
}
