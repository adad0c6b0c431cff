// SPDX-License-Identifier: Apache-2.0

import Crypto
import NIOHTTP1
import TileModel

/// What an HTTP answer says of the version of what it carries (RFC 9110, section 8.8).
///
/// A strong entity tag of harmless characters is the version itself behind `e-`, so that whoever knows the version can
/// ask for it by `If-Match` without having seen the tag. Of anything else the version is a digest behind `x-`: then every
/// answer is compared by what it says itself.
struct HTTPVersionMark: Equatable {
    let entityTag: String?
    let lastModified: String?
    /// Of the whole document, in bytes.
    let size: Int?

    init(entityTag: String?, lastModified: String?, size: Int?) {
        self.entityTag = entityTag
        self.lastModified = lastModified
        self.size = size
    }

    /// - Parameter size: of the whole, where the headers do not say.
    init(_ headers: HTTPHeaders, size: Int?) {
        self.init(
            entityTag: headers.first(name: "ETag"), lastModified: headers.first(name: "Last-Modified"), size: size)
    }

    /// Nil where the answer says nothing from which a change could be told.
    var version: DocumentVersion? {
        guard entityTag != nil || lastModified != nil else { return nil }
        if let entityTag, entityTag.hasPrefix("\""), entityTag.hasSuffix("\""), entityTag.utf8.count > 2,
            let version = try? DocumentVersion("e-\(entityTag.dropFirst().dropLast())")
        {
            return version
        }
        let text = [entityTag ?? "", lastModified ?? "", size.map(String.init) ?? ""].joined(separator: "\n")
        let digest = SHA256.hash(data: Array(text.utf8)).prefix(12)
        // Hexadecimal digits are always a valid version.
        return try! DocumentVersion("x-" + Hexadecimal.text(digest))
    }

    /// The value of `If-Match` that asks for the version; nil where the tag is not in it.
    static func ifMatch(_ version: DocumentVersion) -> String? {
        version.value.hasPrefix("e-") ? "\"\(version.value.dropFirst(2))\"" : nil
    }
}

/// `bytes 0-499/1234` (RFC 9110, section 14.4).
struct ContentRange: Equatable {
    let range: Range<Int>
    let size: Int?

    init?(_ text: String) {
        guard text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Int(bounds[0]), let last = Int(bounds[1]), first >= 0, first <= last,
            last < Int.max
        else { return nil }
        range = first..<last + 1
        if parts[1] == "*" {
            size = nil
        } else {
            guard let size = Int(parts[1]), size > last else { return nil }
            self.size = size
        }
    }
}
