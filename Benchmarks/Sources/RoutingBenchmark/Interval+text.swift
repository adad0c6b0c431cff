// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Interval {
    /// `12.3 ± 0.4`.
    package var text: String {
        let digits = Self.shown(mean)
        return count > 1 ? "\(digits) ± \(Self.shown(halfWidth))" : digits
    }

    /// Three significant figures, and no more than two behind the point.
    static func shown(_ value: Double) -> String {
        let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        let factor = [1.0, 10, 100][places]
        let rounded = (value * factor).rounded() / factor
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
