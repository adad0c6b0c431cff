// SPDX-License-Identifier: Apache-2.0

import Crypto

/// A password that came with a request, on its way to the worker that opens the document. It never shows in a description,
/// so that no log can hold it.
package struct DocumentPassword: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// As the document's own encryption takes it: UTF-8.
    package let bytes: [UInt8]

    /// Stands for the password in every key: equal for equal passwords, and of no use outside this process.
    package let digest: [UInt8]

    private static let key = SymmetricKey(size: .bits256)

    private static let longest = 512

    /// - Parameter header: the value of `Recto-Password`: the password in UTF-8.
    /// - Returns: nil where it is empty or longer than any format allows.
    package init?(header: String) {
        let bytes = Array(header.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longest, !bytes.contains(0) else { return nil }
        self.bytes = bytes
        digest = Array(HMAC<SHA256>.authenticationCode(for: bytes, using: Self.key))
    }

    package static func == (left: Self, right: Self) -> Bool { left.digest == right.digest }

    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    package var description: String { "(a password)" }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
