// SPDX-License-Identifier: Apache-2.0

/// A time during which an archive is not asked.
package struct ArchiveOutage: Sendable, Hashable {
    /// Its first request that was not answered.
    package let since: ContinuousClock.Instant

    package init(since: ContinuousClock.Instant) { self.since = since }
}
