// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What somebody wants to do.
package enum Right: String, Sendable, CaseIterable {
    /// Structure, tiles, text and search of a document.
    case view
    /// The list of documents.
    case list
    case write
}

/// What a decision is made of.
package struct AccessRequest: Sendable {
    package var right: Right
    /// Nil where the request concerns no single document.
    package var document: DocumentID?
    /// What the request brought to open the document with.
    package var password: DocumentPassword?

    /// On whose behalf the archive is asked, where that decides rights itself.
    package var caller: CallerCredential?

    package init(
        right: Right, document: DocumentID?, password: DocumentPassword? = nil, caller: CallerCredential? = nil
    ) {
        self.right = right
        self.document = document
        self.password = password
        self.caller = caller
    }
}

/// The proof that a request may be answered. Only a policy makes one, and everything that looks a document up asks for one,
/// so that no path leads around the decision.
package struct Grant: Sendable {
    package let right: Right
    package let document: DocumentID?
    /// Whether it opens the document, only the document itself can tell.
    package let password: DocumentPassword?
    /// Where there is one, the archive has the last word for each caller.
    package let caller: CallerCredential?
    /// Whether anybody may have the answer, so that shared caches on the way may keep it.
    package let isPublic: Bool

    init(_ request: AccessRequest, isPublic: Bool) {
        right = request.right
        document = request.document
        password = request.password
        caller = request.caller
        self.isPublic = isPublic
    }
}

package enum AccessError: Error, Sendable, Equatable {
    /// Nothing, or nothing valid, says who asks.
    case unauthenticated
    /// Who asks may not.
    case forbidden
}

/// Decides every request, before any look-up and any conditional answer.
///
/// **Adding one:** a file in this folder with a type that conforms to this, and a case where the roles are composed
/// (`recto`'s `Composition`).
package protocol AccessPolicy: Sendable {
    func decide(_ request: AccessRequest) throws(AccessError) -> Grant
}

/// Everybody may see everything, and change it only where that was said.
package struct OpenAccess: AccessPolicy {
    private let allowsWriting: Bool

    package init(allowsWriting: Bool = false) { self.allowsWriting = allowsWriting }

    package func decide(_ request: AccessRequest) throws(AccessError) -> Grant {
        guard request.right != .write || allowsWriting else { throw .forbidden }
        return Grant(request, isPublic: request.password == nil && request.caller == nil)
    }
}
