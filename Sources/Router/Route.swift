// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import TileModel

/// What the router knows of a request: its class, which role answers it, and whose document it is about. It knows no document
/// format and looks at nothing but method and path.
package struct Route: Hashable {
    /// Each has a policy of its own.
    package enum Class: String, CaseIterable, Sendable {
        case tile
        /// Structure, manifest and whole pictures of page 1.
        case structure
        case text
        case search
        /// Documents that are put or deleted.
        case upload
        /// Pages and files of the viewer, and the list of documents.
        case site
    }

    enum Role {
        case portal
        case node
    }

    let `class`: Class
    let role: Role
    let document: DocumentID?
    /// What a reader needs for the first page and nothing else answers for it: structure, manifest, whole pictures of page 1.
    /// Portals answer these, or the nodes where the operator wants it so.
    private(set) var isFirstPage = false

    /// How much work it is, in small tiles: what a member's load is counted in. A rough order is enough, by what text pages
    /// cost (`docs/performance.md`): a tile about 1 ms, a first page with its structure about 5, a search many leases of up to
    /// 50 ms, of which others get a turn in between.
    var cost: Int {
        switch `class` {
        case .tile, .site: 1
        case .text: 2
        case .structure, .upload: 4
        case .search: 8
        }
    }

    /// - Parameter path: without query and path parameters.
    /// - Throws: where the path names a document that cannot be.
    init(_ method: RequestHead.Method = .get, path: Substring) throws(DocumentID.Invalid) {
        let segments = (path.hasPrefix("/") ? path.dropFirst() : path)
            .split(separator: "/", omittingEmptySubsequences: false)
        switch (segments.first, segments.count) {
        case ("iiif", 3...):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            let isWholeFirstPage = segments.count == 7 && segments[2] == "1" && segments[3] == "full"
            let isManifest = segments.count == 3 && segments[2] == "manifest.json"
            `class` = isWholeFirstPage || isManifest ? .structure : .tile
            role = isWholeFirstPage || isManifest ? .portal : .node
            isFirstPage = role == .portal
        case ("documents", 3...):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            switch segments[2] {
            case "pages": (`class`, role) = (.text, .node)
            case "search": (`class`, role) = (.search, .node)
            default: (`class`, role) = (.structure, .portal)
            }
            isFirstPage = segments[2] == "structure"
        case ("documents", 2), ("view", 2):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            let isUpload = segments[0] == "documents" && (method == .put || method == .delete)
            (`class`, role) = (isUpload ? .upload : .site, .portal)
        default:
            document = nil
            (`class`, role) = (.site, .portal)
        }
    }
}
