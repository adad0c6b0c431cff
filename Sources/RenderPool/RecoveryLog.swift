// SPDX-License-Identifier: Apache-2.0

/// Why a worker had to open a document that it did not hold.
package enum RecoveryReason: String, CaseIterable, Sendable {
    /// Nobody here has opened it lately.
    case notHeld = "not-held"
    /// A worker let it go for want of room.
    case evicted
    /// It has changed in the archive.
    case versionChanged = "version-changed"
    /// The worker that held it has died.
    case workerDied = "worker-died"
    /// A second worker opens what another one holds and is busy with.
    case secondWorker = "second-worker"
    /// Before anybody asked for it.
    case warm
}

/// Remembers which documents were open here, to say why one must be opened again.
struct RecoveryLog {
    private enum Trace {
        case opened
        case lost
    }

    private var traces: [[UInt8]: Trace] = [:]

    /// Beyond that it starts anew: documents then count as never held.
    private static let most = 20_000

    mutating func opened(_ key: [UInt8]) {
        if traces.count >= Self.most { traces = [:] }
        traces[key] = .opened
    }

    /// A worker that held these died.
    mutating func lost(_ keys: some Sequence<[UInt8]>) {
        for key in keys where traces[key] != nil { traces[key] = .lost }
    }

    /// - Parameter isHeld: some worker holds it now.
    func reason(_ key: [UInt8], isHeld: Bool) -> RecoveryReason {
        switch (isHeld, traces[key]) {
        case (true, _): .secondWorker
        case (false, nil): .notHeld
        case (false, .opened): .evicted
        case (false, .lost): .workerDied
        }
    }
}
