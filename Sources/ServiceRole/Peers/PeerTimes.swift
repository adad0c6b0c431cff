// SPDX-License-Identifier: Apache-2.0

/// How long a member may take that is asked instead of the archive.
package struct PeerTimes: Sendable {
    /// To the first byte of its answer. An archive that answers within 30 ms is the measure: asking in vain costs less.
    package var firstByte: Duration
    /// How to wait for so long.
    package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    package var now: @Sendable () -> ContinuousClock.Instant = { .now }

    package init(firstByte: Duration = .milliseconds(20)) { self.firstByte = firstByte }

    /// To the first byte where nobody waits for it.
    var unhurried: Duration { firstByte * 20 }

    /// From the first byte to the last. The member may be reading the archive itself just then, which has fifty times as long
    /// as the first byte; 10 MB/s are less than any network between members gives.
    func rest(of bytes: Int) -> Duration { firstByte * 50 + .microseconds(bytes / 10) }
}
