// SPDX-License-Identifier: Apache-2.0

import Archive
import RenderPool
import TileCache
package import TileModel

extension DocumentService {
    /// Opens a document before anybody asks for it: the version that is named, or the current one. Returns when it is open or
    /// could not be; what is wrong with it, who asks for it will be told. However many ask for it, it is opened once.
    package func warm(_ reference: DocumentReference) async {
        holdings.warmMessageCame()
        try? await warmings.value(for: reference) { [self] in
            // The version that others have is warmed, however long ago they asked for it: who reads it will ask again.
            let told = await learn(reference, isUrgent: false)
            let reference = DocumentReference(
                document: reference.document, version: reference.version ?? told?.version)
            guard let document = try? await catalog.resolve(reference) else { return }
            guard !pool.holds(RequestedDocument(document).key) else { return }
            await warm(document.pinned)
        }
    }
}
