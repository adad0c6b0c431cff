// SPDX-License-Identifier: Apache-2.0

import Crypto

/// What the members of a cluster know and nobody else: whoever presents it may use the cluster ports.
package struct ClusterSecret: Sendable {
    /// The header that carries it.
    package static let header = "Recto-Cluster-Secret"
    package static let shortest = 16

    package let value: String
    private let key = SymmetricKey(size: .bits256)

    package enum Invalid: Error { case tooShort }

    package init(_ value: String) throws(Invalid) {
        guard value.utf8.count >= Self.shortest else { throw .tooShort }
        self.value = value
    }

    /// 256 random bits.
    package static func random() -> ClusterSecret {
        let digits = Array("0123456789abcdef".utf8)
        let text = SymmetricKey(size: .bits256).withUnsafeBytes { bytes in
            bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        }
        // 64 digits are long enough.
        return try! ClusterSecret(String(decoding: text, as: UTF8.self))
    }

    /// Compares in a time that does not depend on where the two differ: both are digested under a key of this process.
    package func matches(_ presented: String?) -> Bool {
        guard let presented else { return false }
        let expected = HMAC<SHA256>.authenticationCode(for: Array(value.utf8), using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(
            expected, authenticating: Array(presented.utf8), using: key)
    }
}
