// SPDX-License-Identifier: Apache-2.0

import Glibc
package import WorkerProtocol

/// How urgent a job is. Cheap tiles that somebody looks at are not stuck behind long work.
package enum RenderLane: Int, CaseIterable, Sendable {
    case tile
    case structure
    /// Pictures of many tiles' size, search and text.
    case bulk
    case background
}

/// One piece of work for one worker.
package struct RenderJob: Sendable {
    /// Equal keys mean equal bytes; a worker keeps what it has opened under it.
    package var documentKey: [UInt8]
    package var request: WorkerRequest
    package var lane: RenderLane
    /// Opens the document where it needs one. The key must differ for every password.
    package var password: [UInt8]?
    /// The document was opened before, in another version.
    package var isNewVersion: Bool
    /// Gives the document's bytes. Called where the chosen worker does not hold the document, and each time that it lacks
    /// some of its bytes; cancelled when nobody waits for the job any more.
    package var source: Source

    /// - Parameter missing: bytes that must be at hand, in their order; empty at first.
    package typealias Source = @Sendable (_ missing: [Range<Int>]) async throws -> RenderSource

    package init(
        documentKey: [UInt8], request: WorkerRequest, lane: RenderLane, password: [UInt8]? = nil,
        isNewVersion: Bool = false, source: @escaping Source
    ) {
        self.documentKey = documentKey
        self.request = request
        self.lane = lane
        self.password = password
        self.isNewVersion = isNewVersion
        self.source = source
    }
}

/// A document's bytes on their way to a worker: read-only descriptors, closed when nobody needs them any more.
package final class RenderSource: Sendable {
    package let descriptors: [CInt]
    package let source: WorkerSource

    /// A file of the archive itself.
    /// - Parameter descriptor: owned by the source from now on.
    package init(descriptor: CInt, identity: SourceIdentity) {
        descriptors = [descriptor]
        source = .file(identity)
    }

    /// Some blocks of a document.
    /// - Parameters:
    ///   - descriptor: of the file that holds them, owned by the source from now on as is `map`.
    ///   - map: of what says which blocks there are.
    package init(descriptor: CInt, map: CInt, blocks: SourceBlocks) {
        descriptors = [descriptor, map]
        source = .blocks(blocks)
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}

/// What came of a job.
package struct RenderOutcome: Sendable {
    package var reply: WorkerReply
    package var report: WorkerReport
    /// Everything about the worker that decides a tile's bytes.
    package var fingerprint: String
    package var queueMilliseconds: Double
    /// Why the worker was given the document's bytes; nil where it held the document.
    package var recovery: RecoveryReason?
}

/// Why a job could not be done.
package enum RenderError: Error, Sendable, Equatable {
    /// The document or the request is at fault.
    case refused(WorkerFailure)
    /// The queue is full, or the job waited too long in it. Trying again later helps.
    case overloaded
    /// The job took longer than allowed; its worker was killed.
    case deadline
    /// The worker died, and so did the one that tried again.
    case workerDied
    /// The document killed workers lately and is not tried for a while.
    case quarantined
    case shutDown
}
