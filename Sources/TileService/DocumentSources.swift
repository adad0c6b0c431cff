// SPDX-License-Identifier: Apache-2.0

import Archive
import RenderPool
import Synchronization
import WorkerProtocol

/// Gives one job its document's bytes: the archive's own file where it has one, else the blocks that the job needs. What
/// the job has asked for stays as long as this does.
final class DocumentSources: Sendable {
    private let document: RequestedDocument
    private let service: DocumentService
    private let time: ArchiveTime
    /// Taken when the first blocks are asked for.
    private let lease = Mutex<BlockLease?>(nil)

    init(_ document: RequestedDocument, _ service: DocumentService, _ time: ArchiveTime) {
        self.document = document
        self.service = service
        self.time = time
    }

    /// - Parameter missing: bytes that the worker lacked.
    /// - Throws: `ArchiveError`.
    func source(_ missing: [Range<Int>]) async throws -> RenderSource {
        let start = ContinuousClock.now
        defer { time.add(start.duration(to: .now) / .milliseconds(1)) }
        if missing.isEmpty, let file = try await service.archive.open(document.pinned) { return opened(file) }
        let lease = try await leased()
        let file = try await lease.file(with: missing)
        if missing.isEmpty, lease.reads.calls > 0 { service.holdings.opened(document.pinned) }
        return RenderSource(
            descriptor: file.descriptor, map: file.map,
            blocks: SourceBlocks(size: file.size, blockSize: file.blockSize, dataOffset: file.dataOffset))
    }

    /// What this job alone had read of an archive that is read in ranges; nil where the worker reads the archive's file.
    var reads: (calls: Int, bytes: Int)? { lease.withLock { $0?.reads } }

    /// A job asks for its bytes again only when it has had them.
    private func leased() async throws -> BlockLease {
        if let lease = lease.withLock({ $0 }) { return lease }
        let size = try await size()
        let lease = service.blocks.lease(document.pinned, size: size)
        self.lease.withLock { $0 = lease }
        return lease
    }

    /// Where nobody has told it to this process, what is kept of the document's blocks may, else the archive does.
    private func size() async throws -> Int {
        if let size = document.size { return size }
        if let size = await service.blocks.size(of: document.pinned) { return size }
        let object = try await service.archive.stat(document.document)
        guard object.version == document.version else { throw ArchiveError.versionGone }
        return object.size
    }

    private func opened(_ file: ArchiveFile) -> RenderSource {
        service.holdings.opened(document.pinned)
        return RenderSource(
            descriptor: file.descriptor,
            identity: SourceIdentity(
                size: file.size, modifiedSeconds: file.modifiedSeconds,
                modifiedNanoseconds: file.modifiedNanoseconds, changedSeconds: file.changedSeconds,
                changedNanoseconds: file.changedNanoseconds))
    }
}
