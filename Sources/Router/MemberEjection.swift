// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Sets members aside that fail request after request, each time for longer. Pure; the caller brings the time.
///
/// It sees what health checks do not: a member that answers `/cluster/state` and breaks everything else. One that is set
/// aside is still the last resort. Never more than a share of the members are: if most fail, the fault is not theirs.
package struct MemberEjection {
    package struct Configuration: Sendable {
        /// Failures in a row.
        package var failures = 5
        package var firstPause: TimeAmount = .seconds(1)
        package var longestPause: TimeAmount = .seconds(60)
        /// Of the members of its role, rounded down: of two one, of one none.
        package var mostShare = 0.5

        package init() {}
    }

    private struct Record {
        var failures = 0
        var ejections = 0
        var until = NIODeadline.uptimeNanoseconds(0)
    }

    private let configuration: Configuration
    private var records: [String: Record] = [:]

    package init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Whether there is anything to ask about: where there is not, requests pass without a look.
    package var isWatching: Bool { !records.isEmpty }

    package func isEjected(_ id: String, _ now: NIODeadline) -> Bool { (records[id]?.until ?? now) > now }

    /// A request failed by the member's fault.
    /// - Parameter peers: the members of its role, itself among them.
    /// - Returns: whether it is set aside from now on.
    package mutating func failed(_ id: String, peers: Int, _ now: NIODeadline) -> Bool {
        forget(now)
        var record = records[id] ?? Record()
        record.failures += 1
        let ejected = records.count { $0.value.until > now }
        let isDue = record.failures >= configuration.failures && record.until <= now
        let mayBe = Double(ejected + 1) <= Double(peers) * configuration.mostShare
        if isDue && mayBe {
            record.until = now + pause(record.ejections)
            record.ejections += 1
            record.failures = 0
        }
        records[id] = record
        return isDue && mayBe
    }

    /// A request was answered: what counted against the member in a row no longer does.
    package mutating func succeeded(_ id: String) {
        guard var record = records[id] else { return }
        record.failures = 0
        records[id] = record.ejections == 0 ? nil : record
    }

    private func pause(_ ejections: Int) -> TimeAmount {
        let factor = Int64(1) << Int64(min(ejections, 20))
        return min(configuration.firstPause * factor, configuration.longestPause)
    }

    /// Who has been back for as long as the longest pause begins anew.
    private mutating func forget(_ now: NIODeadline) {
        records = records.filter { $0.value.ejections == 0 || $0.value.until + configuration.longestPause > now }
    }
}
