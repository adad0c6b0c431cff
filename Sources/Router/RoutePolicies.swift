// SPDX-License-Identifier: Apache-2.0

package import Affinity

/// The policy of each class of routes. Never changes; another takes its place.
package final class RoutePolicies: Sendable {
    /// Of tiles, text and search, which nodes answer, where they have none of their own.
    private let base: any RoutingPolicy
    private let own: [Route.Class: any RoutingPolicy]
    private let byClass: [any RoutingPolicy]
    private let sources: Set<AffinityKeySource>

    /// Structure and uploads concern one document whatever the nodes are chosen by, and the portal that has it open is the
    /// one to ask. Pages without a document have nothing to be keyed by.
    private static func usual(_ class: Route.Class) -> (any RoutingPolicy)? {
        switch `class` {
        case .tile, .text, .search: nil
        case .structure, .upload: DocumentPolicy()
        case .site: LeastConnectionsPolicy()
        }
    }

    /// - Parameter own: policies of single classes.
    package convenience init(
        _ base: any RoutingPolicy.Type = DocumentPolicy.self, own: [Route.Class: any RoutingPolicy.Type] = [:]
    ) {
        self.init(base: base.init(), own: own.mapValues { $0.init() })
    }

    private init(base: any RoutingPolicy, own: [Route.Class: any RoutingPolicy]) {
        self.base = base
        self.own = own
        byClass = Route.Class.allCases.map { own[$0] ?? Self.usual($0) ?? base }
        sources = Set(byClass.map { type(of: $0).key })
    }

    package func with(base: any RoutingPolicy.Type) -> RoutePolicies { RoutePolicies(base: base.init(), own: own) }

    package func with(_ policy: any RoutingPolicy.Type, for class: Route.Class) -> RoutePolicies {
        RoutePolicies(base: base, own: own.merging([`class`: policy.init()]) { $1 })
    }

    subscript(_ class: Route.Class) -> any RoutingPolicy { byClass[`class`.place] }

    func wants(_ source: AffinityKeySource) -> Bool { sources.contains(source) }

    package var baseName: String { type(of: base).name }

    package var names: [(`class`: Route.Class, policy: String)] {
        Route.Class.allCases.map { ($0, type(of: self[$0]).name) }
    }

    var fingerprint: UInt64 {
        StableHash.hash(names.map { "\($0.class.rawValue)=\($0.policy)" }.joined(separator: ",").utf8)
    }
}
