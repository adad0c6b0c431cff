// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import NIOPosix
import Synchronization
package import TileCache
package import TileModel

/// Keeps tiles in files, one for each, in a folder of this process: bounded in bytes and in number, dear tiles first
/// (`DiskIndex`). Why files: docs/decisions/0027-a-file-for-each-tile.md.
///
/// A disk that is full makes it smaller, one that fails makes it do nothing for a minute; each is said once.
package final class DiskTiles: TileTier {
    private struct State {
        var folder: CacheFolder?
        var index: DiskIndex
        /// All files of earlier processes have been looked at.
        var isComplete = false
        var refusedUntil: ContinuousClock.Instant?
        /// Until then it holds less than it may: the disk was full.
        var smallerUntil: ContinuousClock.Instant?
        var hasWarned = false
        var running = 0
    }

    private let parent: String
    private let member: String
    private let budget: Int
    private let logger: Logger
    private let patience: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let counts = LayerCounts(layer: "tiles-disk")
    private let threads = NIOThreadPool(numberOfThreads: 2)
    private let state: Mutex<State>
    /// Held while the files of earlier processes are looked at.
    private let looking = Mutex<Void>(())

    /// Files that it may have: 100 bytes of memory each, 20 MB in all.
    package static let mostFiles = 131_072
    /// Reads that may be under way: more of them, and the disk is no help.
    private static let mostReads = 64
    /// What a read may take. A disk takes a hundredth of it; one that takes longer is in trouble.
    static let patience: Duration = .milliseconds(500)
    private static let refusal: Duration = .seconds(60)

    package static func open(_ settings: TierSettings) throws -> (any TileTier)? {
        guard let folder = settings.folder else { return nil }
        guard folder.hasPrefix("/") else {
            throw TierSettings.Invalid("the folder for tiles is not an absolute path: \(folder)")
        }
        let tiles = DiskTiles(
            parent: folder, member: settings.member, budget: settings.folderBudget, mostFiles: mostFiles,
            logger: settings.logger)
        tiles.begin()
        return tiles
    }

    init(
        parent: String, member: String, budget: Int, mostFiles: Int, logger: Logger,
        patience: Duration = patience, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.parent = parent
        self.member = String(member.map { $0 == "/" ? "-" : $0 }.drop { $0 == "." })
        self.budget = budget
        self.logger = logger
        self.patience = patience
        self.now = now
        state = Mutex(State(index: DiskIndex(budget: budget, mostEntries: mostFiles)))
        threads.start()
    }

    deinit { threads.shutdownGracefully { _ in } }

    /// Has the files of earlier processes looked at, in the background.
    func begin() { threads.submit { [self] _ in lookAtFiles() } }

    package var name: String { counts.layer }
    package var shortName: String { "disk" }

    // MARK: Tiles

    package func value(for key: TierKey) async -> [UInt8]? {
        guard mayHold(key) else {
            counts.missed()
            return nil
        }
        let value = await Patience.value(within: patience) { [self] in
            (try? await threads.runIfActive { [self] in
                defer { state.withLock { $0.running -= 1 } }
                return read(key)
            }) ?? nil
        }
        if value == nil { counts.missed() } else { counts.hit() }
        return value
    }

    /// Whether it is worth looking; if so, a read is counted as under way.
    private func mayHold(_ key: TierKey) -> Bool {
        state.withLock { state in
            guard state.refusedUntil.map({ $0 < now() }) ?? true, state.running < Self.mostReads else { return false }
            guard !state.isComplete || state.index.entries[key.number] != nil else { return false }
            state.running += 1
            return true
        }
    }

    private func read(_ key: TierKey) -> [UInt8]? {
        guard let files else { return nil }
        do throws(TileFiles.Failure) {
            guard let bytes = try files.read(key.digest) else {
                state.withLock { _ = $0.index.remove(key.number) }
                return nil
            }
            guard let tile = SealedTile(bytes, for: key) else {
                files.remove(key.digest)
                state.withLock { _ = $0.index.remove(key.number) }
                return nil
            }
            state.withLock { $0.index.use(key.number) }
            return tile.value
        } catch {
            refuse(error.reason)
            return nil
        }
    }

    package func keep(_ value: [UInt8], cost: Duration, for key: TierKey) async {
        _ = try? await threads.runIfActive { [self] in write(value, cost, key) }
    }

    private func write(_ value: [UInt8], _ cost: Duration, _ key: TierKey) {
        guard let files, let bytes = SealedTile.seal(value, cost: cost, for: key) else { return }
        let now = Int(time(nil))
        var entry = DiskIndex.Entry(
            document: key.document.document, bytes: (bytes.count + 4095) & ~4095, cost: cost, added: now)
        let victims = state.withLock { state -> [UInt128]? in
            if let until = state.smallerUntil, until < self.now() {
                state.smallerUntil = nil
                state.index.budget = budget
            }
            guard state.index.entries[key.number] == nil else { return nil }
            return state.index.makeRoom(for: entry)
        }
        guard let victims else { return }
        evict(victims, files)
        do throws(TileFiles.Failure) {
            let taken = try files.write(bytes, to: key.digest)
            entry = DiskIndex.Entry(document: entry.document, bytes: taken, cost: cost, added: now)
            state.withLock { $0.index.add(key.number, entry) }
        } catch {
            if error.isFull { shrink(by: 4 * bytes.count, files) } else { refuse(error.reason) }
        }
    }

    private func evict(_ victims: [UInt128], _ files: TileFiles) {
        let now = Int(time(nil))
        for victim in victims {
            files.remove(TierKey.fileName(victim))
            guard let entry = state.withLock({ $0.index.remove(victim) }) else { continue }
            counts.evicted(age: now - entry.added)
        }
    }

    // MARK: Trouble

    /// The disk is full: it makes some room, and takes no more than that for a while.
    private func shrink(by bytes: Int, _ files: TileFiles) {
        evict(state.withLock { $0.index.least(bytes) }, files)
        let isFirst = state.withLock { state in
            state.smallerUntil = now() + Self.refusal
            state.index.budget = state.index.bytes
            defer { state.hasWarned = true }
            return !state.hasWarned
        }
        if isFirst { logger.warning("the disk of the tile cache is full; it holds less than it may") }
    }

    private func refuse(_ reason: String) {
        let isFirst = state.withLock { state in
            state.refusedUntil = now() + Self.refusal
            defer { state.hasWarned = true }
            return !state.hasWarned
        }
        guard isFirst else { return }
        logger.warning("the disk of the tile cache cannot be used", metadata: ["reason": "\(reason)"])
    }

    /// Nil while it is not to be used.
    private var files: TileFiles? {
        if let until = state.withLock({ $0.refusedUntil }) {
            guard until < now() else { return nil }
            state.withLock { $0.refusedUntil = nil }
        }
        if let folder = state.withLock({ $0.folder }) { return TileFiles(folder: folder) }
        lookAtFiles()
        return state.withLock { $0.folder }.map { TileFiles(folder: $0) }
    }

    // MARK: Earlier processes

    /// Takes a folder, and learns what earlier processes left in it. What is in it is found before that, by its name.
    private func lookAtFiles() {
        let folder = looking.withLock { _ -> CacheFolder? in
            if let folder = state.withLock({ $0.folder }) { return folder }
            do throws(CacheFolder.Failure) {
                let folder = try CacheFolder(parent: parent, name: member)
                state.withLock { $0.folder = folder }
                return folder
            } catch {
                refuse(error.description)
                return nil
            }
        }
        guard let folder else { return }
        looking.withLock { _ in
            guard !state.withLock({ $0.isComplete }) else { return }
            let files = TileFiles(folder: folder)
            files.removeUnfinished()
            for file in folder.entries { learn(file, files) }
            state.withLock { $0.isComplete = true }
        }
    }

    private func learn(_ file: CacheFolder.Entry, _ files: TileFiles) {
        guard let number = TierKey.number(ofFile: file.name),
            let bytes = try? files.read(file.name, atMost: SealedTile.longestLabel),
            let label = SealedTile.label(bytes)
        else { return files.remove(file.name) }
        let entry = DiskIndex.Entry(
            document: label.document, bytes: file.bytes, cost: label.cost, added: file.used / 1_000_000_000)
        let victims = state.withLock { state -> [UInt128]? in
            guard state.index.entries[number] == nil else { return [] }
            guard let victims = state.index.makeRoom(for: entry) else { return nil }
            state.index.add(number, entry)
            return victims
        }
        guard let victims else { return files.remove(file.name) }
        evict(victims, files)
    }

    // MARK: CacheLayer

    package var usage: LayerUsage {
        let (bytes, entries) = state.withLock { ($0.index.bytes, $0.index.entries.count) }
        return counts.usage(bytes: bytes, budget: budget, entries: entries)
    }

    package func holdings(_ selection: DocumentSelection, most count: Int) async -> [LayerHolding] {
        let entries = state.withLock { $0.index.entries }
        return LayerHolding.most(
            count, of: entries.values.lazy.filter { selection.contains($0.document) }.map { ($0.document, $0.bytes) })
    }

    package func purge(_ selection: DocumentSelection) async {
        _ = try? await threads.runIfActive { [self] in
            // What was not looked at yet may be of these documents.
            lookAtFiles()
            guard let folder = state.withLock({ $0.folder }) else { return }
            let meant = state.withLock { $0.index.entries }.filter { selection.contains($0.value.document) }
            for number in meant.keys {
                folder.remove(TierKey.fileName(number))
                state.withLock { _ = $0.index.remove(number) }
            }
        }
    }
}

extension TierKey {
    fileprivate var number: UInt128 { Self.number(ofFile: digest)! }

    fileprivate static func number(ofFile name: String) -> UInt128? {
        name.utf8.count == 32 ? UInt128(name, radix: 16) : nil
    }

    fileprivate static func fileName(_ number: UInt128) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 32 - digits.utf8.count) + digits
    }
}
