// SPDX-License-Identifier: Apache-2.0

import Affinity
import Cluster

/// The share of all documents that each node owns, by a sample of keys: exact to some percent, and the same in all routers.
enum OwnerShares {
    /// The standard error of a share of one half is 1.6 %; ranking so many over a thousand nodes takes some tens of
    /// milliseconds.
    private static let samples = 1000

    /// By id. Empty where the policy does not route by document.
    static func of(_ group: MemberGroup, _ policy: any RoutingPolicy) -> [String: Double] {
        guard type(of: policy).key == .document, !group.targets.isEmpty else { return [:] }
        var counts = [Int](repeating: 0, count: group.targets.count)
        var list = CandidateList()
        for sample in 0..<samples {
            list.reset()
            policy.rank(AffinityKey("sample-\(sample)".utf8), group.table, load: { _ in 0 }, into: &list)
            if let owner = list.indices.first { counts[owner] += 1 }
        }
        return Dictionary(
            zip(group.targets.map(\.id), counts.map { Double($0) / Double(samples) })) { first, _ in first }
    }
}
