// SPDX-License-Identifier: Apache-2.0

package import FoundationEssentials

/// Has a member open a document before anybody asks for it, and says what is known that saves it asking the archive.
package struct WarmMessage: Sendable, Codable {
    /// `{document}` or `{document}@{version}` as a path segment. Without a version the one that is current.
    package var document: String
    /// Whether the answer shall come only once the document is open.
    package var wait: Bool?
    /// The cluster port of a member that has the document, as far as it is known.
    package var holder: String?
    /// Whether that member is about to go: then all that it has of the document is worth taking.
    package var holderLeaves: Bool?
    /// The version that is current.
    package var object: KnownObject?
    /// The document's blocks as frames, all of them, where it is small.
    package var content: Data?

    package init(document: String) { self.document = document }
}

/// What a member was told by the archive of a document that lies far away.
package struct KnownObject: Sendable, Codable, Hashable {
    package var version: String
    /// In bytes.
    package var size: Int
    /// Seconds since 1970.
    package var modified: Double?
    package var mediaType: String?
    /// Seconds since the archive said it.
    package var age: Double

    package init(version: String, size: Int, modified: Double?, mediaType: String?, age: Double) {
        self.version = version
        self.size = size
        self.modified = modified
        self.mediaType = mediaType
        self.age = age
    }
}
