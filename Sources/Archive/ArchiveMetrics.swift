// SPDX-License-Identifier: Apache-2.0

import Metrics

/// What is done with an archive.
package enum ArchiveOperation: String, CaseIterable, Sendable {
    case list
    case stat
    case open
    case read
    case put
    case delete
}

/// Counts what an archive is asked for, what it gives, how long it takes and how it fails.
package struct ArchiveMetrics: Sendable {
    private struct Operation: Sendable {
        let count: Counter
        let duration: Timer
        let errors: [String: Counter]
    }

    private let operations: [ArchiveOperation: Operation]
    private let bytes = Counter(label: "recto_archive_bytes_total")

    private static let otherError = "other"

    package init() {
        operations = Dictionary(uniqueKeysWithValues: ArchiveOperation.allCases.map { ($0, Self.operation($0)) })
    }

    private static func operation(_ operation: ArchiveOperation) -> Operation {
        let label = ("operation", operation.rawValue)
        let errors = ArchiveError.labels + [otherError]
        return Operation(
            count: Counter(label: "recto_archive_operations_total", dimensions: [label]),
            duration: Timer(label: "recto_archive_duration_seconds", dimensions: [label]),
            errors: Dictionary(
                uniqueKeysWithValues: errors.map { error in
                    (error, Counter(label: "recto_archive_errors_total", dimensions: [label, ("error", error)]))
                }))
    }

    /// Does it and counts it. What was given up is no error of the archive's.
    package func measure<Result>(_ operation: ArchiveOperation, _ body: () async throws -> Result) async throws
        -> Result
    {
        let start = ContinuousClock.now
        defer { finished(operation, start.duration(to: .now)) }
        do {
            return try await body()
        } catch let error where !(error is CancellationError) {
            let label = (error as? ArchiveError)?.label ?? Self.otherError
            operations[operation]?.errors[label]?.increment()
            throw error
        }
    }

    private func finished(_ operation: ArchiveOperation, _ took: Duration) {
        operations[operation]?.count.increment()
        operations[operation]?.duration.recordNanoseconds(Int64(took / .nanoseconds(1)))
    }

    /// Bytes that a counted operation gave.
    func gave(_ count: Int) { bytes.increment(by: count) }

    /// Reads that somebody else made, of a descriptor that the archive gave.
    package func read(calls: Int, bytes count: Int) {
        operations[.read]?.count.increment(by: calls)
        bytes.increment(by: count)
    }
}
