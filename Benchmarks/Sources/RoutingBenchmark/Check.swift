// SPDX-License-Identifier: Apache-2.0

/// Two ways of counting the same, which must agree.
package struct Check: Sendable, Codable {
    package var name: String
    package var left: Double
    package var right: Double
    /// How far apart they may be, as a part of the larger.
    package var tolerance = 0.0

    package var holds: Bool { abs(left - right) <= tolerance * max(abs(left), abs(right)) }
}
