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
    /// A member by its id, where there is one.
    let member: @Sendable (String) async -> MemberState?
    /// What the owner is told.
    let message: @Sendable (PinnedDocument, MemberState) async -> WarmMessage
    /// To open a document here.
    let warmHere: @Sendable (DocumentReference) async -> Void
    let logger: Logger

    /// The node that the request names as the owner, unless it is this one.
    private func owner(_ request: HTTPRequest) -> String? {
        request.headers.first(name: Self.header).flatMap { $0 == id ? nil : $0 }
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

    private func warm(_ document: PinnedDocument, at owner: String) {
        Task {
            // The address comes from the membership, so that a forged header leads nowhere else.
            guard let node = await member(owner), node.role == .node else { return }
            do {
                try await client.warm(await message(document, node), at: node.clusterAddress)
            } catch {
                logger.debug("the owner could not be warmed", metadata: ["node": "\(owner)", "error": "\(error)"])
            }
        }
    }
}
