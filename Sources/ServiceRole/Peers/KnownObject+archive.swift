// SPDX-License-Identifier: Apache-2.0

import Archive
import Cluster
import TileModel

extension KnownObject {
    init(_ object: ArchiveObject, age: Duration) {
        self.init(
            version: object.version.value, size: object.size, modified: object.modified, mediaType: object.mediaType,
            age: age / .seconds(1))
    }

    /// Nil where it makes no sense.
    func object(of document: DocumentID) -> (object: ArchiveObject, age: Duration)? {
        guard let version = try? DocumentVersion(version), size >= 0, age >= 0, age < 1e9 else { return nil }
        let object = ArchiveObject(
            document: document, version: version, size: size, modified: modified, mediaType: mediaType)
        return (object, .seconds(age))
    }
}
