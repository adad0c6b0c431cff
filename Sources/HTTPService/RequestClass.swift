// SPDX-License-Identifier: Apache-2.0

/// What a request is for: the label `class` of the metrics, so it must be one of few.
package enum RequestClass: String, CaseIterable, Sendable {
    case tile
    case information
    case manifest
    case structure
    case text
    case search
    /// The list of documents, the viewer, copies.
    case site
    /// Health, metrics, and addresses where there is nothing.
    case other
}
