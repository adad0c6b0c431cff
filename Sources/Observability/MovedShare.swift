// SPDX-License-Identifier: Apache-2.0

/// The share of documents whose owner a change of membership has changed, from a sample of names.
///
/// With a thousand names the standard error is at most 1.6 % of all documents. When one of n + 1 members comes or goes, the
/// least possible is 1/(n + 1).
package struct MovedShare: Sendable {
    package static let names = (0..<1000).map { Array("sample/\($0)".utf8) }

    private var owners: [String?] = []

    package init() {}

    /// Notes who owns the names now.
    /// - Returns: the share of those that another member owned at the last call; nil at the first.
    package mutating func update(owner: ([UInt8]) -> String?) -> Double? {
        let now = Self.names.map(owner)
        defer { owners = now }
        guard owners.count == now.count else { return nil }
        return Double(zip(owners, now).count { $0 != $1 }) / Double(now.count)
    }
}
