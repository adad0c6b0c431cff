// SPDX-License-Identifier: Apache-2.0

/// A router as a member knows it. By these routers learn of one another, with no word between them.
package struct RouterSighting: Sendable, Codable, Hashable {
    package var id: String
    /// The fingerprint of the members that it sees and of its policy: those side by side should agree.
    package var view: String

    package init(id: String, view: String) {
        self.id = id
        self.view = view
    }
}
