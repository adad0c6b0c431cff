// SPDX-License-Identifier: Apache-2.0

/// One look-up after the other; what is missed is kept, as far as the policy sees fit.
package struct CacheAccess: Sendable {
    package var key: Int
    package var bytes: Int
}

/// A way of choosing what to keep.
package protocol CachePolicy: SendableMetatype {
    static var name: String { get }

    /// - Parameter accesses: all that will come, for a policy that knows the future.
    init(budget: Int, accesses: [CacheAccess])

    /// Whether it was there.
    mutating func access(_ place: Int, _ access: CacheAccess) -> Bool
}

/// The registry of policies.
package enum CachePolicies {
    package static let all: [any CachePolicy.Type] = [
        BeladyCache.self, ProductCache.self, WTinyLFUCache.self, LRUCache.self,
    ]
}
