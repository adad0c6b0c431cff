// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Synchronization
import TileCache
import TileModel

/// The block files of this process: which are open, which lie on disk, which go first when room is needed.
///
/// Methods wait for the disk. Documents go by least recent use, block by block; blocks that a running job asked for stay.
/// Where the folder cannot be used, or its disk is full or fails, documents are kept in memory under a small budget; the
/// folder is tried again after a while.
final class BlockShelf: Sendable {
    private enum Place {
        case unknown
        case folder(CacheFolder)
        /// Not to be used for a while; the folder is kept, for files that are open still lie in it.
        case refused(until: ContinuousClock.Instant, CacheFolder?)

        var folder: CacheFolder? {
            switch self {
            case .unknown: nil
            case .folder(let folder): folder
            case .refused(_, let folder): folder
            }
        }
    }

    private struct Opened {
        let file: BlockFile
        var bytes: Int
        var used: Int
    }

    private struct State {
        var place = Place.unknown
        var opened: [BlockKey: Opened] = [:]
        var closed: [String: CacheFolder.Entry] = [:]
        var closedBytes = 0
        var hasWarned = false

        mutating func forget(_ name: String) {
            if let entry = closed.removeValue(forKey: name) { closedBytes -= entry.bytes }
        }

        func bytes(inMemory: Bool) -> Int {
            opened.values.reduce(inMemory ? 0 : closedBytes) {
                $1.file.isInMemory == inMemory ? $0 + $1.bytes : $0
            }
        }
    }

    private let configuration: BlockStore.Configuration
    private let logger: Logger
    let metrics = BlockMetrics()
    private let state = Mutex(State())

    /// Each takes three descriptors, a page of memory, and one more descriptor per worker that has it open.
    private static let mostOpened = 256
    /// Of 12 KB at least; 100 bytes of memory each.
    private static let mostClosed = 65_536
    /// Looked at when a file of an earlier process is opened: 10 ms. What lies beyond is looked at when it is asked for.
    private static let verifiedAtOnce = 32 << 20
    /// Bytes of disk that running jobs may take where nothing is kept beyond them.
    private static let passing = 2 << 30
    private static let refusal: Duration = .seconds(60)

    init(_ configuration: BlockStore.Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    // MARK: Finding

    /// The document's file, if it is open.
    func opened(_ key: BlockKey) -> BlockFile? {
        state.withLock { state in
            state.opened[key]?.used = Self.now
            return state.opened[key]?.file
        }
    }

    /// The document's file, if there is one, opened where need be.
    func found(_ key: BlockKey) -> BlockFile? {
        let isThere = state.withLock { state in
            if state.opened[key] != nil { return true }
            return folder(&state) != nil && state.closed[key.fileName] != nil
        }
        return isThere ? try? file(for: key) : nil
    }

    /// The document's file, opened or made where need be.
    /// - Throws: `BlockFileError` where it cannot be kept even in memory.
    func file(for key: BlockKey) throws(BlockFileError) -> BlockFile {
        let result = state.withLock { state -> Result<BlockFile, BlockFileError> in
            do throws(BlockFileError) { return .success(try file(for: key, &state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func file(for key: BlockKey, _ state: inout State) throws(BlockFileError) -> BlockFile {
        if state.opened[key] == nil {
            closeSome(&state)
            let file = try open(key, &state)
            state.forget(key.fileName)
            state.opened[key] = Opened(file: file, bytes: file.allocated, used: Self.now)
        }
        state.opened[key]!.used = Self.now
        return state.opened[key]!.file
    }

    private func open(_ key: BlockKey, _ state: inout State) throws(BlockFileError) -> BlockFile {
        guard let folder = folder(&state) else { return try .inMemory(key) }
        do {
            let file = try BlockFile.onDisk(key, path: folder.path(of: key.fileName))
            file.verify(atMost: Self.verifiedAtOnce)
            folder.touch(key.fileName)
            return file
        } catch {
            refuse("\(error)", &state)
            return try .inMemory(key)
        }
    }

    private func folder(_ state: inout State) -> CacheFolder? {
        switch state.place {
        case .folder(let folder): return folder
        case .refused(let until, _) where until > .now: return nil
        case .refused(_, let folder?):
            state.place = .folder(folder)
            return folder
        case .refused, .unknown: break
        }
        do {
            let folder = try CacheFolder(parent: configuration.folder, name: configuration.name)
            state.place = .folder(folder)
            for entry in folder.entries {
                state.closed[entry.name] = entry
                state.closedBytes += entry.bytes
            }
            return folder
        } catch {
            refuse("\(error)", &state)
            return nil
        }
    }

    private func refuse(_ reason: String, _ state: inout State) {
        state.place = .refused(until: .now + Self.refusal, state.place.folder)
        guard !state.hasWarned else { return }
        state.hasWarned = true
        logger.warning(
            "the block cache cannot be used; documents are read into memory", metadata: ["reason": "\(reason)"])
    }

    private static var now: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000_000_000 + now.tv_nsec
    }

    /// Seconds since a document was asked for. Blocks go with their document: how old they are says little.
    private static func age(_ used: Int) -> Int { (now - used) / 1_000_000_000 }

    // MARK: Keeping

    /// Keeps blocks of a document.
    /// - Throws: `BlockFileError`.
    func keep(_ bytes: [UInt8], _ blocks: Range<Int>, of key: BlockKey) throws(BlockFileError) {
        for _ in 0..<4 {
            let file = try file(for: key)
            do throws(BlockFileError) {
                try makeRoom(for: bytes.count, besides: key, inMemory: file.isInMemory)
                try file.write(bytes, to: blocks)
                note(key, file)
                return
            } catch {
                switch error {
                case .retired: continue
                case .system(let code) where !file.isInMemory: try move(key, file, because: code, needed: bytes.count)
                default: throw error
                }
            }
        }
        throw .retired
    }

    private func note(_ key: BlockKey, _ file: BlockFile) {
        state.withLock { state in
            guard state.opened[key]?.file === file else { return }
            state.opened[key]!.bytes = file.allocated
        }
    }

    /// What a disk does not take: others make way for it, and if that does not help, the document moves to memory.
    private func move(_ key: BlockKey, _ file: BlockFile, because code: CInt, needed: Int) throws(BlockFileError) {
        let isFull = code == ENOSPC || code == EDQUOT
        if isFull, evict(needed + (1 << 20), besides: key, inMemory: false) >= needed {
            state.withLock { state in
                guard !state.hasWarned else { return }
                state.hasWarned = true
                logger.warning("the disk of the block cache is full; it holds less than it may")
            }
            return
        }
        let memory = try BlockFile.inMemory(key)
        var room = configuration.memoryBudget / 2
        try? file.forEachBlock { block, bytes in
            guard room >= bytes.count else { return }
            try memory.write(bytes, to: block..<block + 1)
            room -= bytes.count
        }
        state.withLock { state in
            guard state.opened[key]?.file === file else { return }
            state.place.folder?.remove(key.fileName)
            file.retire()
            state.opened[key] = Opened(file: memory, bytes: memory.allocated, used: Self.now)
            refuse(String(cString: strerror(code)), &state)
        }
    }

    // MARK: Room

    /// - Throws: `system` where blocks that running jobs asked for leave no room: on disk those may take twice the budget.
    private func makeRoom(for bytes: Int, besides key: BlockKey, inMemory: Bool) throws(BlockFileError) {
        let budget = inMemory ? configuration.memoryBudget : configuration.budget
        let over = state.withLock { $0.bytes(inMemory: inMemory) } + bytes - budget
        guard over > 0 else { return }
        // Some more, so that not every block has to look for room.
        let freed = evict(over + min(budget / 32, 16 << 20), besides: key, inMemory: inMemory)
        let excess = inMemory ? 0 : budget == 0 ? Self.passing : budget
        guard over - freed <= excess else { throw .system(ENOSPC) }
    }

    /// Evicts until so many bytes are free, the document itself last. Returns how many are.
    private func evict(_ bytes: Int, besides key: BlockKey, inMemory: Bool) -> Int {
        var freed = 0
        for victim in victims(last: key, inMemory: inMemory) where freed < bytes {
            switch victim {
            case .closed(let name): freed += remove(name)
            case .opened(let key, let file): freed += shrink(key, file, by: bytes - freed)
            }
        }
        return freed
    }

    private enum Victim {
        case closed(String)
        case opened(BlockKey, BlockFile)
    }

    /// Those used least recently first.
    private func victims(last: BlockKey, inMemory: Bool) -> [Victim] {
        let found = state.withLock { state in
            let opened = state.opened.filter { $0.value.file.isInMemory == inMemory }
                .map { (used: $0.key == last ? Int.max : $0.value.used, Victim.opened($0.key, $0.value.file)) }
            return inMemory ? opened : opened + state.closed.values.map { ($0.used, Victim.closed($0.name)) }
        }
        return found.sorted { $0.used < $1.used }.map(\.1)
    }

    private func remove(_ name: String) -> Int {
        state.withLock { state in
            guard let entry = state.closed[name], let folder = state.place.folder else { return 0 }
            folder.remove(name)
            state.forget(name)
            metrics.counts.evicted(age: Self.age(entry.used))
            return entry.bytes
        }
    }

    private func shrink(_ key: BlockKey, _ file: BlockFile, by bytes: Int) -> Int {
        let before = file.allocated
        let used = state.withLock { $0.opened[key]?.used } ?? Self.now
        metrics.counts.evicted(file.evict(atLeast: bytes), age: Self.age(used))
        let after = file.allocated
        state.withLock { state in
            guard state.opened[key]?.file === file else { return }
            state.opened[key]!.bytes = after
        }
        return max(0, before - after)
    }

    /// Keeps the numbers of files within bounds.
    private func closeSome(_ state: inout State) {
        while state.opened.count >= Self.mostOpened,
            let oldest = state.opened.filter({ !$0.value.file.isLeased }).min(by: { $0.value.used < $1.value.used })
        {
            close(oldest.key, &state)
        }
        while state.closed.count > Self.mostClosed, let folder = state.place.folder,
            let oldest = state.closed.values.min(by: { $0.used < $1.used })
        {
            folder.remove(oldest.name)
            state.forget(oldest.name)
        }
    }

    private func close(_ key: BlockKey, _ state: inout State) {
        guard let opened = state.opened.removeValue(forKey: key) else { return }
        opened.file.retire()
        guard !opened.file.isInMemory else { return }
        state.closed[key.fileName] = CacheFolder.Entry(name: key.fileName, bytes: opened.bytes, used: opened.used)
        state.closedBytes += opened.bytes
    }

    /// Gives up what is kept of a document, unless a job reads it.
    func drop(_ key: BlockKey) {
        state.withLock { state in
            guard let file = state.opened[key]?.file, !file.isLeased else { return }
            // A worker may have the file open still: what is in it goes all the same.
            _ = file.evict(atLeast: key.size)
            file.retire()
            state.opened[key] = nil
            if !file.isInMemory { state.place.folder?.remove(key.fileName) }
        }
    }

    // MARK: By document

    /// Files that are not open, the largest first, with their paths.
    func closedEntries(_ archive: String) -> [(name: String, path: String)] {
        state.withLock { state in
            // Nothing has been asked for since the start: what an earlier process left is there all the same.
            if case .unknown = state.place, access("\(configuration.folder)/\(configuration.name)", F_OK) == 0 {
                _ = folder(&state)
            }
            guard let folder = state.place.folder else { return [] }
            return state.closed.values.sorted { $0.bytes > $1.bytes }.map { ($0.name, folder.path(of: $0.name)) }
        }
    }

    var openedSizes: [(document: DocumentID, bytes: Int)] {
        state.withLock { $0.opened.map { ($0.key.document.document, $0.value.bytes) } }
    }

    func openedSize(_ document: PinnedDocument) -> Int? {
        state.withLock { state in state.opened.keys.first { $0.document == document }?.grid.size }
    }

    func size(of name: String) -> Int? { state.withLock { $0.closed[name]?.bytes } }

    /// Jobs that read a file that goes keep it open until they are done.
    func remove(opened isMeant: (DocumentID) -> Bool, closed names: [String]) {
        state.withLock { state in
            var names = names
            for key in state.opened.keys where isMeant(key.document.document) {
                close(key, &state)
                names.append(key.fileName)
            }
            guard let folder = state.place.folder else { return }
            for name in names where state.closed[name] != nil {
                folder.remove(name)
                state.forget(name)
            }
        }
    }

    // MARK: Accounts

    struct Usage: Sendable, Equatable {
        var diskBytes: Int
        var memoryBytes: Int
        var documents: Int
    }

    var usage: Usage { state.withLock { usage($0) } }

    private func usage(_ state: State) -> Usage {
        Usage(
            diskBytes: state.bytes(inMemory: false), memoryBytes: state.bytes(inMemory: true),
            documents: state.opened.count + state.closed.count)
    }
}
