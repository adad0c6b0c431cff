// SPDX-License-Identifier: Apache-2.0

/// A family of engines that live in one kind of worker. Each kind is a program of its own: it loads and warms its
/// libraries before its sandbox closes, and nothing that a document of another family could reach.
package enum EngineKind: String, Sendable, CaseIterable {
    case pdf
    /// Pictures made of pixels.
    case raster
    /// Vector graphics and text.
    case drawing
}
