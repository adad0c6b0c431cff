// SPDX-License-Identifier: Apache-2.0

/// Which role answers structure, manifests and whole pictures of page 1.
package enum FirstPageRole: String, CaseIterable, Sendable {
    /// The portal of the document: the nodes stay free for tiles, and the first page does not wait for them.
    case portal
    /// The node that has the document's tiles, so that one process less opens it.
    case node
}
