// SPDX-License-Identifier: Apache-2.0

import Archive
import Foundation
import SlowArchive
import Testing
import TileModel

@testable import TileService

/// Versions that another member was told by the archive.
struct AdoptedVersionTests {
    private let document: DocumentID
    private let catalog: DocumentCatalog

    init() throws {
        document = try DocumentID("a.pdf")
        catalog = DocumentCatalog(
            archive: try SlowArchive(folder: NSTemporaryDirectory()), .init(interval: .seconds(5)))
    }

    private func object(_ version: String) throws -> ArchiveObject {
        ArchiveObject(document: document, version: try DocumentVersion(version), size: 1, modified: nil)
    }

    private func believed(_ version: String?) throws -> String? {
        let version = try version.map { try DocumentVersion($0) }
        return catalog.believed(DocumentReference(document: document, version: version))?.pinned.version.value
    }

    @Test("what another was told just now is believed, and its age counts")
    func age() throws {
        catalog.adopt(try object("1"), age: .seconds(1))
        #expect(try believed(nil) == "1")
        #expect(try believed("1") == "1")
        #expect(try believed("2") == nil)
        catalog.adopt(try object("2"), age: .zero)
        #expect(try believed("2") == "2")
    }

    @Test("what is older than the interval is believed only where it is named")
    func old() throws {
        catalog.adopt(try object("1"), age: .seconds(60))
        #expect(try believed(nil) == nil)
        #expect(try believed("1") == "1")
    }

    @Test("an older word does not replace a younger one")
    func order() throws {
        catalog.adopt(try object("2"), age: .seconds(1))
        catalog.adopt(try object("1"), age: .seconds(2))
        #expect(try believed(nil) == "2")
    }

    @Test("what was told before a purge does not come back by others")
    func purge() async throws {
        await catalog.purge(.document(document))
        catalog.adopt(try object("1"), age: .seconds(60))
        #expect(try believed("1") == nil)
        // Told after it.
        catalog.adopt(try object("1"), age: .seconds(-1))
        #expect(try believed("1") == "1")
    }
}
