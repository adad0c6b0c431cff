// SPDX-License-Identifier: Apache-2.0

/// How long a read of an archive may take.
package struct ReadPatience: Sendable {
    /// Before the first byte can be expected; an archive that is slower helps nobody who looks at a page.
    package var start: Duration = .seconds(10)
    /// The slowest line that is still waited for.
    package var bytesPerSecond = 256 << 10

    package init() {}

    package func limit(for bytes: Int) -> Duration { start + .seconds(Double(bytes) / Double(bytesPerSecond)) }

    /// What `read` gives. Goes on as soon as the time is up or the caller is cancelled, whatever the archive does then;
    /// the read is told to stop.
    /// - Throws: `ArchiveError.failed` when the time is up.
    func read(
        _ count: Int, sleep: @escaping @Sendable (Duration) async throws -> Void,
        _ read: @escaping @Sendable () async throws -> [UInt8]
    ) async throws -> [UInt8] {
        let limit = limit(for: count)
        let late = ArchiveError.failed("the archive has sent nothing for \(limit)")
        return try await FirstResult.of(limit, late: late, sleep: sleep, read)
    }
}
