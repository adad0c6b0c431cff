// SPDX-License-Identifier: Apache-2.0

/// How unevenly work is spread.
enum LoadSkew {
    /// The largest load by the mean load: 1 where all have the same, the number of members where one has everything. 1 where
    /// there is no load at all, so that an idle cluster raises no alarm.
    static func ratio(_ loads: [Int]) -> Double {
        let total = loads.reduce(0) { $0 + max(0, $1) }
        guard total > 0, let most = loads.max() else { return 1 }
        return Double(most) * Double(loads.count) / Double(total)
    }
}
