// SPDX-License-Identifier: Apache-2.0

/// How the end of a message's body is told.
package enum BodyFraming: Equatable, Sendable {
    case none
    /// That many bytes.
    case length(Int)
    case chunked
    /// Everything until the connection ends: answers only.
    case untilClose
}
