// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import ArgumentParser
import ServiceRole

/// How much of a distant document is read at a time.
enum ReadMode: String, CaseIterable, ExpressibleByArgument {
    /// What a page needs.
    case ranges
    /// All of it, before it is opened.
    case whole
}

/// How documents come from an archive that gives no files, and where their blocks are kept.
struct BlockOptions: ParsableArguments {
    @Option(
        help: "Where blocks of documents from a distant archive are kept. Default: recto/blocks in the user's cache.")
    var blockCache: String?

    @Option(help: "Megabytes of disk that these blocks may take; 0: nothing is kept beyond the job that needs it.")
    var blockCacheSize: Int = Environment.value("block-cache-size", 2048)

    @Option(
        help: "How documents of a distant archive are read: ranges (what a page needs) or whole (before they open).")
    var reads: ReadMode = Environment.value("reads", .ranges)

    @Option(help: "Whether members take blocks from one another before they ask the archive: on or off.")
    var blockSharing: Switch = Environment.value("block-sharing", .on)

    @Option(help: "Milliseconds within which a member that is asked for blocks must begin to answer.")
    var peerDeadline: Int = Environment.value("peer-deadline", 20)

    func validate() throws {
        guard (0...16_777_216).contains(blockCacheSize) else {
            throw ValidationError("--block-cache-size is a number of megabytes from 0 to 16777216.")
        }
        guard (1...60_000).contains(peerDeadline) else {
            throw ValidationError("--peer-deadline is from 1 to 60000 milliseconds.")
        }
    }

    /// A place that survives a restart, as the XDG base directory specification names it.
    var folder: String {
        if let folder = blockCache ?? Environment.optional("block-cache") { return folder }
        if let caches = Environment.folder("XDG_CACHE_HOME") { return caches + "/recto/blocks" }
        if let home = Environment.folder("HOME") { return home + "/.cache/recto/blocks" }
        return "/var/tmp/recto-\(Environment.user)/blocks"
    }

    /// - Parameter member: what this process is called; its part of the folder bears that name.
    func store(_ member: String, _ sources: [any BlockSource]) -> BlockStore.Configuration {
        var configuration = BlockStore.Configuration(folder: folder, name: member, budget: blockCacheSize << 20)
        configuration.sources = sources
        if reads == .whole { configuration.wholeSize = .max }
        return configuration
    }

    /// The other members as a place that blocks come from, where that is wanted.
    func peers(_ member: String, _ secret: ClusterSecret) -> PeerBlocks? {
        guard blockSharing == .on else { return nil }
        return PeerBlocks(id: member, secret: secret, times: PeerTimes(firstByte: .milliseconds(peerDeadline)))
    }

    /// These options on the command line of a node that `serve` starts.
    var arguments: [String] {
        [
            "--block-cache", folder, "--block-cache-size", "\(blockCacheSize)", "--reads", reads.rawValue,
            "--block-sharing", blockSharing.rawValue, "--peer-deadline", "\(peerDeadline)",
        ]
    }
}
