// SPDX-License-Identifier: Apache-2.0

/// Finds the cluster ports of members, and nothing else of them: who is there and in what state, each says itself.
///
/// Beside these, every router listens for heartbeats: whoever announces itself is a member until it has been silent for long.
///
/// **Adding one:** a file in `Discovery/` with a type that conforms to this, and a line in `Discoveries.all`. The contract
/// suite in `Tests/ClusterTests/MemberDiscoveryContract.swift` wants one more line there.
package protocol MemberDiscovery: Sendable {
    /// What stands before the colon in `--discover`.
    static var scheme: String { get }

    /// What stands behind it, as it is shown to users: `HOST:PORT`.
    static var form: String { get }

    /// - Parameter text: what stands behind the colon.
    /// - Throws: `DiscoveryError.malformed`.
    init(_ text: Substring, resolver: DNSResolver) throws(DiscoveryError)

    /// Looks who is there. Takes no thread of the concurrency runtime for long, and ends within seconds.
    /// - Throws: `DiscoveryError`; what was found last then stays.
    func look() async throws(DiscoveryError) -> DiscoveredAddresses
}

/// What one look found.
package struct DiscoveredAddresses: Sendable, Hashable {
    /// `address:port`, IPv6 addresses in brackets.
    package var addresses: Set<String>
    /// For how long this is good; nil where it does not change.
    package var validFor: Duration?

    package init(_ addresses: Set<String>, validFor: Duration? = nil) {
        self.addresses = addresses
        self.validFor = validFor
    }
}

package enum DiscoveryError: Error, Hashable {
    /// Not of the form that the scheme needs, or an unknown scheme.
    case malformed
    /// There is no such name, or nothing under it.
    case notFound
    /// Whoever knows could not be asked.
    case failed
}

/// The registry of discoveries.
package enum Discoveries {
    package static let all: [any MemberDiscovery.Type] = [
        StaticDiscovery.self,
        AddressDiscovery.self,
        ServiceDiscovery.self,
    ]

    /// The forms that `--discover` takes, for messages.
    package static var forms: String { all.map { "\($0.scheme):\($0.form)" }.joined(separator: ", ") }

    /// The discovery that `SCHEME:…` names.
    package static func named(_ text: String, resolver: DNSResolver) throws(DiscoveryError) -> any MemberDiscovery {
        guard let colon = text.firstIndex(of: ":"), let type = all.first(where: { $0.scheme == text[..<colon] }) else {
            throw .malformed
        }
        return try type.init(text[text.index(after: colon)...], resolver: resolver)
    }
}
