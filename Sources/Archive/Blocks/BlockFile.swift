// SPDX-License-Identifier: Apache-2.0

import CKernel
import Glibc
import Synchronization

/// Some blocks of one version of a document, in a file with holes that workers read, on disk or in memory.
///
/// Every method does its work under the file's lock and may wait for the disk: not to be called where others must not wait.
final class BlockFile: Sendable {
    private enum Mark: UInt8 {
        case absent
        /// The file says that it is there; nobody has looked at it since the file was opened.
        case recorded
        case present
    }

    private struct State {
        var marks: [Mark]
        /// What the file says of the blocks that are recorded.
        var digests: [Int: UInt64] = [:]
        /// Blocks that are here, those that came first first.
        var order: [Int] = []
        var leases: [Int: Int] = [:]
        var isRetired = false
    }

    let key: BlockKey
    /// Where in the file the document begins.
    let dataOffset: Int
    /// Nil in memory.
    private let layout: BlockFileLayout?
    private let descriptor: CInt
    private let readable: CInt
    private let presence: PresenceMap
    private let state: Mutex<State>

    /// - Parameters:
    ///   - descriptor: to write to; closed when the file goes, as is `readable`.
    ///   - slots: what the file says of its blocks.
    private init(
        _ key: BlockKey, layout: BlockFileLayout?, descriptor: CInt, readable: CInt, slots: [UInt64]
    ) throws(BlockFileError) {
        self.key = key
        self.layout = layout
        dataOffset = layout?.dataOffset ?? 0
        self.descriptor = descriptor
        self.readable = readable
        do throws(BlockFileError) {
            presence = try PresenceMap(blocks: key.grid.count)
        } catch {
            close(descriptor)
            close(readable)
            throw error
        }
        var first = State(marks: [Mark](repeating: .absent, count: key.grid.count))
        for (block, digest) in slots.enumerated() where digest != 0 {
            first.marks[block] = .recorded
            first.digests[block] = digest
            first.order.append(block)
        }
        state = Mutex(first)
    }

    deinit {
        close(descriptor)
        close(readable)
    }

    /// The document's file, with what is in it, or a new one.
    /// - Throws: `system`.
    static func onDisk(_ key: BlockKey, path: String) throws(BlockFileError) -> BlockFile {
        do throws(BlockFileError) {
            return try existing(key, path: path)
        } catch {
            // Whatever is there is of no use.
            unlink(path)
        }
        let layout = BlockFileLayout(key: key)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(errno) }
        do throws(BlockFileError) {
            guard ftruncate(descriptor, off_t(layout.length)) == 0 else { throw .system(errno) }
            try layout.writeHeader(to: descriptor)
        } catch {
            close(descriptor)
            unlink(path)
            throw error
        }
        return try BlockFile(
            key, layout: layout, descriptor: descriptor, readable: try reopened(descriptor), slots: [])
    }

    private static func existing(_ key: BlockKey, path: String) throws(BlockFileError) -> BlockFile {
        let layout = BlockFileLayout(key: key)
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system(errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == layout.length, layout.hasHeader(descriptor),
            let slots = layout.slots(of: descriptor)
        else {
            close(descriptor)
            throw .foreign
        }
        let file = try BlockFile(
            key, layout: layout, descriptor: descriptor, readable: try reopened(descriptor), slots: slots)
        // Blocks that were written and not recorded take room.
        file.state.withLock { state in file.punch(state.marks.indices.filter { state.marks[$0] == .absent }) }
        return file
    }

    static func inMemory(_ key: BlockKey) throws(BlockFileError) -> BlockFile {
        let descriptor = recto_unnamed_file(UInt64(key.grid.size))
        guard descriptor >= 0 else { throw .system(-descriptor) }
        return try BlockFile(
            key, layout: nil, descriptor: descriptor, readable: try reopened(descriptor), slots: [])
    }

    private static func reopened(_ descriptor: CInt) throws(BlockFileError) -> CInt {
        let readable = recto_reopen_read_only(descriptor)
        guard readable >= 0 else {
            close(descriptor)
            throw .system(-readable)
        }
        return readable
    }

    // MARK: Looking

    var isInMemory: Bool { layout == nil }

    /// Bytes that it takes of its disk or of memory.
    var allocated: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    /// Whether all these blocks can be read, as far as that is known without looking at any.
    func holds(_ ranges: [Range<Int>]) -> Bool {
        state.withLock { state in
            !state.isRetired && ranges.allSatisfy { $0.allSatisfy { state.marks[$0] == .present } }
        }
    }

    /// Of each block, whether there is nothing of it here.
    var isLacking: [Bool] { state.withLock { $0.marks.map { $0 == .absent } } }

    /// Those of these blocks that are not here, in their order. Looks at those that were recorded before the file was opened.
    func absent(of ranges: [Range<Int>]) -> [Int] {
        state.withLock { state in
            if state.isRetired { return Array(ranges.joined()) }
            for block in ranges.joined() where state.marks[block] == .recorded { verify(block, &state) }
            return ranges.joined().filter { state.marks[$0] != .present }
        }
    }

    /// A block that is here, with the digest under which it was kept: whoever gets both can tell whether the disk has.
    func stored(_ block: Int) -> (bytes: [UInt8], digest: UInt64)? {
        state.withLock { state in
            guard !state.isRetired, state.marks.indices.contains(block), state.marks[block] == .present else {
                return nil
            }
            let range = key.grid.bytes(of: block..<block + 1)
            var bytes = [UInt8](repeating: 0, count: range.count)
            let isRead = bytes.withUnsafeMutableBytes { descriptor.read(into: $0, at: dataOffset + range.lowerBound) }
            guard isRead else { return nil }
            let digest = layout.flatMap { $0.slot(block, of: descriptor) } ?? digests(of: bytes, block..<block + 1)[0]
            return (bytes, digest)
        }
    }

    /// Looks at recorded blocks, up to so many bytes of them, so that workers find them.
    func verify(atMost bytes: Int) {
        state.withLock { state in
            for block in state.order.prefix(bytes / BlockGrid.blockSize) where state.marks[block] == .recorded {
                verify(block, &state)
            }
        }
    }

    private func verify(_ block: Int, _ state: inout State) {
        let range = key.grid.bytes(of: block..<block + 1)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 8)
        defer { buffer.deallocate() }
        let isRight =
            descriptor.read(into: buffer, at: dataOffset + range.lowerBound)
            && BlockDigest.of(UnsafeRawBufferPointer(buffer), block: block, seed: key.seed) == state.digests[block]
        state.digests[block] = nil
        if isRight, !state.isRetired {
            state.marks[block] = .present
            presence.set(block..<block + 1)
        } else {
            remove([block], &state)
        }
    }

    // MARK: Changing

    /// Keeps blocks. What was written when it throws takes room and is not counted as here.
    /// - Throws: `system`, `retired`.
    func write(_ bytes: [UInt8], to blocks: Range<Int>) throws(BlockFileError) {
        let start = key.grid.bytes(of: blocks).lowerBound
        let digests = layout == nil ? [] : digests(of: bytes, blocks)
        let result = state.withLock { state -> Result<Void, BlockFileError> in
            do throws(BlockFileError) {
                guard !state.isRetired else { throw .retired }
                try written(bytes, at: dataOffset + start)
                try layout?.write(digests, from: blocks.lowerBound, to: descriptor)
            } catch {
                if error != .retired { punch(blocks.filter { state.marks[$0] == .absent }) }
                return .failure(error)
            }
            for block in blocks {
                if state.marks[block] == .absent { state.order.append(block) }
                state.digests[block] = nil
                state.marks[block] = .present
            }
            presence.set(blocks)
            return .success(())
        }
        try result.get()
    }

    private func digests(of bytes: [UInt8], _ blocks: Range<Int>) -> [UInt64] {
        bytes.withUnsafeBytes { bytes in
            blocks.map { block in
                let start = (block - blocks.lowerBound) * BlockGrid.blockSize
                let end = min(bytes.count, start + BlockGrid.blockSize)
                return BlockDigest.of(
                    UnsafeRawBufferPointer(rebasing: bytes[start..<end]), block: block, seed: key.seed)
            }
        }
    }

    private func written(_ bytes: [UInt8], at offset: Int) throws(BlockFileError) {
        let result = bytes.withUnsafeBytes { bytes -> Result<Void, BlockFileError> in
            do throws(BlockFileError) { return .success(try descriptor.write(bytes, at: offset)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Gives up blocks that no job has asked for, those that came first first, and what the document was opened with last.
    func evict(atLeast bytes: Int) -> Int {
        state.withLock { state in
            let opening = FetchPlan(grid: key.grid).opening
            let free = state.order.filter { state.leases[$0] == nil }
            let isWhole = opening.count == 1
            let later = isWhole ? [] : free.filter { block in opening.contains { $0.contains(block) } }
            let victims = free.filter { isWhole || !later.contains($0) } + later
            let count = (bytes + BlockGrid.blockSize - 1) / BlockGrid.blockSize
            remove(Array(victims.prefix(count)), &state)
            return min(victims.count, count)
        }
    }

    private func remove(_ blocks: [Int], _ state: inout State) {
        guard !blocks.isEmpty else { return }
        for run in Self.runs(of: blocks) {
            // A slot that cannot be cleared does not fit its block any more, once that is gone.
            try? layout?.write([UInt64](repeating: 0, count: run.count), from: run.lowerBound, to: descriptor)
        }
        presence.clear(blocks)
        for block in blocks {
            state.marks[block] = .absent
            state.digests[block] = nil
        }
        let gone = Set(blocks)
        state.order.removeAll { gone.contains($0) }
        punch(blocks)
    }

    private func punch(_ blocks: [Int]) {
        for run in Self.runs(of: blocks) {
            let range = key.grid.bytes(of: run)
            let aligned = run.count * BlockGrid.blockSize
            _ = recto_punch_hole(descriptor, UInt64(dataOffset + range.lowerBound), UInt64(aligned))
        }
    }

    private static func runs(of blocks: [Int]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        for block in blocks.sorted() {
            if let last = runs.last, last.upperBound == block {
                runs[runs.count - 1] = last.lowerBound..<block + 1
            } else {
                runs.append(block..<block + 1)
            }
        }
        return runs
    }

    // MARK: Leases

    /// Blocks that a job has asked for stay until it is done.
    func lease(_ ranges: [Range<Int>]) {
        state.withLock { state in
            for block in ranges.joined() { state.leases[block, default: 0] += 1 }
        }
    }

    func release(_ ranges: [Range<Int>]) {
        state.withLock { state in
            for block in ranges.joined() {
                let left = (state.leases[block] ?? 1) - 1
                state.leases[block] = left > 0 ? left : nil
            }
        }
    }

    var isLeased: Bool { state.withLock { !$0.leases.isEmpty } }

    /// Nobody finds anything here any more, workers that still have it neither.
    func retire() {
        state.withLock { state in
            state.isRetired = true
            presence.clear(Array(state.marks.indices))
        }
    }

    /// All that is here, in pieces, for another file to take.
    func forEachBlock(_ body: (Int, [UInt8]) throws -> Void) rethrows {
        for block in state.withLock({ state in state.order.filter { state.marks[$0] == .present } }) {
            let range = key.grid.bytes(of: block..<block + 1)
            var bytes = [UInt8](repeating: 0, count: range.count)
            guard bytes.withUnsafeMutableBytes({ descriptor.read(into: $0, at: dataOffset + range.lowerBound) }) else {
                continue
            }
            try body(block, bytes)
        }
    }

    /// Descriptors of file and map for somebody who will only read; nil where there are no more descriptors.
    func handedOut() -> (file: CInt, map: CInt)? {
        let file = fcntl(readable, F_DUPFD_CLOEXEC, 0)
        guard file >= 0 else { return nil }
        let map = fcntl(presence.descriptor, F_DUPFD_CLOEXEC, 0)
        guard map >= 0 else {
            close(file)
            return nil
        }
        return (file, map)
    }
}
