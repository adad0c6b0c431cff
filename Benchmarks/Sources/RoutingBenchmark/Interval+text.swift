// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Interval {
    /// `12.3 ± 0.4`.
    package var text: String {
        let digits = Self.shown(mean)
        return count > 1 ? "\(digits) ± \(Self.shown(halfWidth))" : digits
    }

    /// `1.24 times (1.19 to 1.29)`; empty where that cannot be said.
    package func ratioText(to other: Interval) -> String {
        ratio(to: other).map { "\(Self.shown($0.mean)) times (\(Self.shown($0.low)) to \(Self.shown($0.high)))" } ?? ""
    }

    /// Three significant figures, and no more than two behind the point.
    static func shown(_ value: Double) -> String {
        let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        let factor = [1.0, 10, 100][places]
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
