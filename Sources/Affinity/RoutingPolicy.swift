// SPDX-License-Identifier: Apache-2.0

/// Turns members, request and loads into candidates in order. Pure but for a counter where a policy is one: no I/O, no clock,
/// no chance but the request's own draw.
///
/// **Adding one:** a file in `Policies/` with a type that conforms to this, and a line in `RoutingPolicies.all`. The contract
/// suite in `Tests/AffinityTests` runs for everything in the registry.
package protocol RoutingPolicy: Sendable {
    /// As it is named in configuration, metrics and logs.
    static var name: String { get }

    /// What a request is routed by.
    static var key: AffinityKeySource { get }

    init()

    /// Fills the list to its depth with members of the table, the preferred first, each once. Allocates nothing.
    /// - Parameters:
    ///   - load: the cost that a member works on, by its place in the table.
    ///   - list: empty when called.
    func rank(
        _ request: RoutingRequest, _ table: RoutingTable, load: (Int) -> Int, into list: inout CandidateList)
}

package enum AffinityKeySource: Sendable, Hashable {
    case document
    /// A cookie that the router sets where there is none.
    case sessionCookie
    /// A session that the client itself names, in the address, a header or a form.
    case sessionToken
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
        SessionTokenPolicy.self,
    ]

    package static let `default` = DocumentPolicy.name

    package static func named(_ name: String) -> (any RoutingPolicy.Type)? { all.first { $0.name == name } }
}
