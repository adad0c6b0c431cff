// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One job's hold on the blocks of a document: what it has asked for stays until the lease goes.
package final class BlockLease: Sendable {
    private struct State {
        var held: [(file: BlockFile, ranges: [Range<Int>])] = []
        var rounds = 0
        var reads = 0
        var readBytes = 0
    }

    private let store: BlockStore
    private let key: BlockKey
    private let state = Mutex(State())

    init(_ store: BlockStore, _ key: BlockKey) {
        self.store = store
        self.key = key
    }

    deinit {
        releaseAll()
        store.released(key)
    }

    private func releaseAll() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for (file, ranges) in held { file.release(ranges) }
    }

    /// Keeps these blocks where they are. Returns true.
    func hold(_ ranges: [Range<Int>], in file: BlockFile) -> Bool {
        let isNew = state.withLock { state in
            if let last = state.held.last, last.file === file, last.ranges == ranges { return false }
            state.held.append((file, ranges))
            return true
        }
        if isNew { file.lease(ranges) }
        return true
    }

    /// What this job alone has had read of the archive.
    package var reads: (calls: Int, bytes: Int) { state.withLock { ($0.reads, $0.readBytes) } }

    func counts(_ bytes: Int) {
        state.withLock { state in
            state.reads += 1
            state.readBytes += bytes
        }
    }

    /// The file in which these bytes of the document are, and the blocks that it is opened with. Fetches what is absent.
    /// - Parameter missing: byte ranges; empty at first.
    package func file(with missing: [Range<Int>]) async throws -> BlockFileHandle {
        let round = state.withLock { state in
            if !missing.isEmpty { state.rounds += 1 }
            return state.rounds
        }
        let grid = key.grid
        let asked = missing.map(grid.blocks).filter { !$0.isEmpty }
        let wanted = asked.isEmpty ? store.plan(key).opening : asked
        let file = try await store.file(key, with: wanted, round: round, self)
        // What every job begins with is not held longer than it takes to hand it out, where it stays anyway.
        if asked.isEmpty, store.configuration.budget > 0 { releaseAll() }
        guard let (descriptor, map) = file.handedOut() else {
            throw ArchiveError.failed("there are no more descriptors")
        }
        return BlockFileHandle(
            descriptor: descriptor, map: map, size: grid.size, blockSize: BlockGrid.blockSize,
            dataOffset: file.dataOffset)
    }
}

/// Read-only descriptors of a block file and of the map that says which blocks are in it. The receiver closes both.
package struct BlockFileHandle: Sendable {
    package var descriptor: CInt
    package var map: CInt
    /// Bytes of the document.
    package var size: Int
    package var blockSize: Int
    /// Where in the file the document begins.
    package var dataOffset: Int
}
