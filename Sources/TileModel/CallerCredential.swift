// SPDX-License-Identifier: Apache-2.0

/// What a request says of who asks, for an archive that decides rights itself. It is passed on to the archive and goes
/// nowhere else: not into logs, not into URLs.
package struct CallerCredential: Hashable, Sendable, CustomStringConvertible {
    /// Nil where the request brought none: the archive is asked as anybody could ask it, not with Recto's own rights.
    package let value: String?

    package init(_ value: String?) { self.value = value }

    package var description: String { value == nil ? "nobody" : "somebody" }
}
