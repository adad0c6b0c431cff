// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Says whether a request may be tried once more: a share of the requests of the last ten seconds, and a few in any case.
///
/// A cluster in trouble refuses and breaks requests; if each came back at once, retries would finish it off. Ten seconds,
/// so that the requests that a dying node had under way fit in. Pure; the caller brings the time.
package struct RetryBudget {
    package struct Configuration: Sendable {
        /// Of the requests in the window.
        package var share = 0.2
        /// A second, whatever the number of requests.
        package var floor = 10

        package init() {}
    }

    private struct Slot {
        var second: Int64 = -1
        var requests = 0
        var retries = 0
    }

    private static let window = 10
    private let configuration: Configuration
    private var slots = [Slot](repeating: Slot(), count: RetryBudget.window)

    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    package mutating func countRequest(_ now: NIODeadline) {
        let index = slot(now)
        slots[index].requests += 1
    }

    /// Takes one retry out of the budget, if there is one left.
    package mutating func takeRetry(_ now: NIODeadline) -> Bool {
        let index = slot(now)
        let oldest = slots[index].second - Int64(Self.window)
        var (requests, retries) = (0, 0)
        for slot in slots where slot.second > oldest {
            requests += slot.requests
            retries += slot.retries
        }
        let allowed = Int(configuration.share * Double(requests)) + configuration.floor * Self.window
        guard retries < allowed else { return false }
        slots[index].retries += 1
        return true
    }

    private mutating func slot(_ now: NIODeadline) -> Int {
        let second = Int64(now.uptimeNanoseconds / 1_000_000_000)
        let index = Int(second % Int64(Self.window))
        if slots[index].second != second { slots[index] = Slot(second: second) }
        return index
    }
}
