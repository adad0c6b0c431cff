// SPDX-License-Identifier: Apache-2.0

/// What all runs of a comparison have in common. Scenes and sweeps change parts of it.
package struct Plan: Sendable, Codable, Hashable {
    /// The folder of documents.
    package var folder: String
    /// The `recto` that is measured.
    package var program: String
    /// What that one calls itself and when it was built: runs of another build are runs of another plan.
    package var version: String
    package var nodes = 3
    package var workers = 1
    /// Megabytes of finished tiles for each member.
    package var tileCache = 64
    /// In place of it: a part of the bytes of all tiles that readers ask for.
    package var tileCacheShare: Double?
    package var seconds = 20.0
    /// Requests a second.
    package var rate = 60.0
    /// Median seconds that a reader looks at a page.
    package var think = 4.0
    /// One reader in so many flips through everything.
    package var flippers = 0.1
    /// Of those who leave a document, the part that comes back for it or for another one.
    package var returns = 0.4
    /// The exponent of Zipf's law by which documents are chosen.
    package var exponent = 1.0
    /// Milliseconds that the archive takes for each answer.
    package var archiveLatency = 0
    /// Megabytes a second that the archive sends in each answer; nil: as fast as it goes.
    package var archiveBandwidth: Double?
    /// More options of all portals and nodes; those of an architecture come after them.
    package var members: [String] = []
    package var seed: UInt64 = 1
    /// A digest of the recorded trace that is replayed.
    package var replayed: UInt64?
    /// Addresses of the front door and of the admin port of a cluster that is there already.
    package var router: String?
    package var admin: String?

    package init(folder: String, program: String, version: String) {
        self.folder = folder
        self.program = program
        self.version = version
    }
}
