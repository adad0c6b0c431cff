// SPDX-License-Identifier: Apache-2.0

import Document
import Glibc
import WorkerProtocol

/// The descriptors that came with a job, and what they are. Those that nobody takes are closed.
final class ArrivedSource {
    private let source: WorkerSource?
    private var descriptors: [CInt]

    init(_ source: WorkerSource?, _ descriptors: [CInt]) {
        self.source = source
        self.descriptors = descriptors
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    private func take() -> [CInt] {
        defer { descriptors = [] }
        return descriptors
    }

    /// - Throws: `needsSource` where none came.
    func open() throws(WorkerFailure) -> any DocumentSource {
        guard let source, descriptors.count == source.descriptors else { throw .needsSource }
        switch source {
        case .file(let identity):
            return FileSource(
                descriptor: take()[0], size: identity.size, modifiedSeconds: identity.modifiedSeconds,
                modifiedNanoseconds: identity.modifiedNanoseconds, changedSeconds: identity.changedSeconds,
                changedNanoseconds: identity.changedNanoseconds)
        case .blocks(let blocks):
            guard let file = blockedFile(blocks) else { throw .needsSource }
            return BlockedSource(size: blocks.size, blockSize: blocks.blockSize, file: file)
        }
    }

    /// A document that is open reads from what has come: its blocks may be kept elsewhere by now.
    func replaceFile(of open: any DocumentSource) {
        guard case .blocks(let blocks)? = source, let open = open as? BlockedSource, descriptors.count == 2,
            open.size == blocks.size, let file = blockedFile(blocks)
        else { return }
        open.adopt(file)
    }

    private func blockedFile(_ blocks: SourceBlocks) -> BlockedFile? {
        let descriptors = take()
        return BlockedFile(
            descriptor: descriptors[0], mapDescriptor: descriptors[1], dataOffset: blocks.dataOffset,
            blocks: (blocks.size + blocks.blockSize - 1) / blocks.blockSize)
    }
}
