// SPDX-License-Identifier: Apache-2.0

/// Turns members, key and loads into candidates in order. Pure but for a counter where a policy is one: no I/O, no clock.
///
/// **Adding one:** a file in `Policies/` with a type that conforms to this, and a line in `RoutingPolicies.all`. The contract
/// suite in `Tests/AffinityTests` runs for everything in the registry.
package protocol RoutingPolicy: Sendable {
    /// As it is named in configuration, metrics and logs.
    static var name: String { get }

    /// What a request is routed by.
    static var key: AffinityKeySource { get }

    init()

    /// Fills the list with every member of the table once, the preferred first.
    /// - Parameters:
    ///   - load: the cost that a member works on, by its place in the table.
    ///   - list: empty when called.
    func rank(_ key: AffinityKey, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList)
}

package enum AffinityKeySource: Sendable, Hashable {
    case document
    /// A cookie that the router sets where there is none.
    case sessionCookie
    /// The address of the client, as far as proxies that are trusted tell it.
    case clientAddress
    case none
}

/// The registry of policies.
package enum RoutingPolicies {
    package static let all: [any RoutingPolicy.Type] = [
        DocumentPolicy.self,
        ClientAddressPolicy.self,
        LeastConnectionsPolicy.self,
        PowerOfTwoPolicy.self,
        RandomPolicy.self,
        RoundRobinPolicy.self,
        SessionCookiePolicy.self,
    ]

    package static let `default` = DocumentPolicy.name

    package static func named(_ name: String) -> (any RoutingPolicy.Type)? { all.first { $0.name == name } }
}
