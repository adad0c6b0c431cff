// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What is to be forgotten, on the admin port and between members: either one document or all whose names begin so.
///
/// A purge only forgets: coming twice, late or in another order it costs something and changes nothing.
package struct PurgeMessage: Sendable, Codable, Hashable {
    package enum Malformed: Error { case message }

    /// Percent-encoded, as all names are.
    package var document: String?
    /// The same; empty: everything.
    package var prefix: String?
    /// Names what happened, so that who hears of it twice does its work once.
    package var event: String?

    private static let longestEvent = 256

    package init(_ selection: DocumentSelection, event: String? = nil) {
        self.event = event
        switch selection {
        case .document(let document): self.document = document.pathSegment
        case .prefix(let bytes): prefix = PercentEncoding.encode(bytes)
        }
    }

    /// - Throws: where it names neither or both, or no document can be called so.
    package func selection() throws -> DocumentSelection {
        guard event?.utf8.count ?? 0 <= Self.longestEvent else { throw Malformed.message }
        switch (document, prefix) {
        case (let document?, nil): return .document(try DocumentID(pathSegment: document.utf8))
        case (nil, let prefix?):
            let bytes = try PercentEncoding.decode(prefix.utf8)
            guard bytes.count <= DocumentID.longest else { throw Malformed.message }
            return .prefix(bytes)
        default: throw Malformed.message
        }
    }
}
