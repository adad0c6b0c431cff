// SPDX-License-Identifier: Apache-2.0

/// An opaque mark of a document's content: it changes whenever the bytes do. It travels in URLs as it is, so it
/// consists of unreserved characters.
package struct DocumentVersion: Hashable, Sendable {
    package let value: String

    package static let longest = 128

    package init(_ value: String) throws(DocumentID.Invalid) {
        let allowed = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                true
            default: false
            }
        }
        guard allowed, !value.isEmpty, value.utf8.count <= Self.longest else { throw .version }
        self.value = value
    }
}

/// A document as a URL names it: its id and, where the URL pins one, a version.
package struct DocumentReference: Hashable, Sendable {
    package let document: DocumentID
    package let version: DocumentVersion?

    package init(document: DocumentID, version: DocumentVersion?) {
        self.document = document
        self.version = version
    }

    /// Reads `{document}` or `{document}@{version}`. A raw `@` always separates; one of the name itself is `%40`.
    package init(pathSegment: some Collection<UInt8>) throws(DocumentID.Invalid) {
        let bytes = PercentEncoding.bytes(pathSegment)
        guard let at = bytes.firstIndex(of: UInt8(ascii: "@")) else {
            self.init(document: try DocumentID(checking: PercentEncoding.decode(bytes[...])), version: nil)
            return
        }
        self.init(
            document: try DocumentID(checking: PercentEncoding.decode(bytes[..<at])),
            version: try DocumentVersion(String(decoding: bytes[(at + 1)...], as: UTF8.self))
        )
    }

    package var pathSegment: String {
        version.map { "\(document.pathSegment)@\($0.value)" } ?? document.pathSegment
    }
}

/// A document with the content that it has in one version: what caches and workers hold.
package struct PinnedDocument: Hashable, Sendable {
    package let document: DocumentID
    package let version: DocumentVersion

    package init(_ document: DocumentID, _ version: DocumentVersion) {
        self.document = document
        self.version = version
    }

    package var pathSegment: String { "\(document.pathSegment)@\(version.value)" }
}
