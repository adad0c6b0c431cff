// SPDX-License-Identifier: Apache-2.0

import Affinity
import TileModel

/// What the router knows of a request: its class, which role answers it, and whose document it is about. It knows no document
/// format and looks at nothing but the path.
struct Route: Hashable {
    enum Class: String, CaseIterable {
        case tile
        /// Structure, manifest and whole pictures of page 1.
        case structure
        case text
        case search
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

    /// - Throws: where the path names a document that cannot be.
    init(path: Substring) throws(DocumentID.Invalid) {
        let segments = (path.hasPrefix("/") ? path.dropFirst() : path)
            .split(separator: "/", omittingEmptySubsequences: false)
        switch (segments.first, segments.count) {
        case ("iiif", 3...):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            let isWholeFirstPage = segments.count == 7 && segments[2] == "1" && segments[3] == "full"
            let isManifest = segments.count == 3 && segments[2] == "manifest.json"
            `class` = isWholeFirstPage || isManifest ? .structure : .tile
            role = isWholeFirstPage || isManifest ? .portal : .node
        case ("documents", 3...):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            switch segments[2] {
            case "pages": (`class`, role) = (.text, .node)
            case "search": (`class`, role) = (.search, .node)
            default: (`class`, role) = (.structure, .portal)
            }
        case ("documents", 2), ("view", 2):
            document = try DocumentReference(pathSegment: segments[1].utf8).document
            (`class`, role) = (.site, .portal)
        default:
            document = nil
            (`class`, role) = (.site, .portal)
        }
    }
}
