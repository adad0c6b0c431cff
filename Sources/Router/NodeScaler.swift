// SPDX-License-Identifier: Apache-2.0

/// Adds and removes render nodes on this machine. `serve` has one; elsewhere an orchestrator does that.
package protocol NodeScaler: Sendable {
    var state: NodeScale { get }

    /// Has the number of nodes stay within the range from now on; a range of one number is that number. Returns at once.
    func scale(within range: ClosedRange<Int>)
}

package struct NodeScale: Sendable, Hashable {
    /// The number of nodes wanted.
    package var wanted: Int
    package var range: ClosedRange<Int>
    /// Jobs for each worker of the nodes lately.
    package var busyness: Double

    package init(wanted: Int, range: ClosedRange<Int>, busyness: Double) {
        self.wanted = wanted
        self.range = range
        self.busyness = busyness
    }
}
