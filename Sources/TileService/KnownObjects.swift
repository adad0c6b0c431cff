// SPDX-License-Identifier: Apache-2.0

package import Archive
import TileCache
package import TileModel

/// Others who may know what the archive has said of a document.
package protocol KnownObjects: Sendable {
    /// Nil where nobody knows it, or nobody says so in time.
    /// - Parameter isUrgent: whether a reader waits for it.
    func object(of document: DocumentID, isUrgent: Bool) async -> (object: ArchiveObject, age: Duration)?
}

extension DocumentService {
    /// What the archive has said of a document that lies far away, and how long ago; nil where it has said nothing, or the
    /// document may be a local file, which everybody asks for himself.
    package func distantObject(_ document: DocumentID) async -> (object: ArchiveObject, age: Duration)? {
        guard let told = catalog.told(document) else { return nil }
        if archive.localFolders.isEmpty { return told }
        let pinned = PinnedDocument(document, told.object.version)
        return await blocks.knows(pinned, size: told.object.size) ? told : nil
    }

    /// Takes another member's word for what the archive has said.
    package func adopt(_ object: ArchiveObject, age: Duration) { catalog.adopt(object, age: age) }

    /// Asks others before the archive has to be asked: about a document that nothing is known of here, or a version that is not
    /// believed current. Returns what they know.
    @discardableResult
    func learn(_ reference: DocumentReference, isUrgent: Bool = true) async -> ArchiveObject? {
        guard let others = configuration.others, archive.localFolders.isEmpty else { return nil }
        let known = catalog.lastKnown(reference.document)
        guard known == nil || reference.version.map({ $0 != known?.version }) ?? false else { return nil }
        let told = try? await learning.value(for: reference.document) {
            await others.object(of: reference.document, isUrgent: isUrgent)
        }
        guard let told = told ?? nil else { return nil }
        catalog.adopt(told.object, age: told.age)
        return told.object
    }
}
