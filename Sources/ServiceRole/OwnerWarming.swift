// SPDX-License-Identifier: Apache-2.0

import Cluster
package import HTTPService
import Logging
import NIOHTTP1
package import TileModel

/// Has the owner of a document open it before it is asked for it.
package struct OwnerWarming: Sendable {
    /// The header in which the router names the node that the document's pages will be asked of.
    private static let header = "Recto-Owner"

    let id: String
    let client: ClusterClient
    let members: @Sendable () -> [MemberState]
    /// To open a document here.
    let warmHere: @Sendable (DocumentReference) async -> Void
    let logger: Logger

    /// The owner that the request names, where it is another member that is known. The address comes from the membership, so
    /// that a forged header leads nowhere else.
    private func owner(_ request: HTTPRequest) -> MemberState? {
        guard let owner = request.headers.first(name: Self.header), owner != id else { return nil }
        return members().first { $0.id == owner && $0.role == .node }
    }

    /// Returns at once. Where the request names no other owner nothing happens.
    package func callAsFunction(_ document: PinnedDocument, for request: HTTPRequest) {
        if let owner = owner(request) { warm(document, at: owner) }
    }

    /// Returns at once. Where the request names no other owner this member opens the document: the router thinks it to be the
    /// best for it.
    package func orHere(_ document: PinnedDocument, for request: HTTPRequest) {
        if let owner = owner(request) { return warm(document, at: owner) }
        Task { await warmHere(DocumentReference(document: document.document, version: document.version)) }
    }

    private func warm(_ document: PinnedDocument, at owner: MemberState) {
        Task {
            do {
                try await client.warm(document.pathSegment, at: owner.clusterAddress)
            } catch {
                logger.debug("the owner could not be warmed", metadata: ["node": "\(owner.id)", "error": "\(error)"])
            }
        }
    }
}
