// SPDX-License-Identifier: Apache-2.0

import Archive
import Cluster
import Synchronization

/// Asks one member for blocks.
struct PeerLink: Sendable {
    enum Failure: Error {
        /// The first byte has not come in time.
        case late
        /// It has, and the last has not.
        case slow
    }

    /// What has come, also where something went wrong then.
    struct Answer: Sendable {
        var pieces: [BlockPiece] = []
        var failure: (any Error)?
    }

    /// Of an answer.
    private final class Beginning: Sendable {
        let hasCome = Atomic<Bool>(false)
    }

    let client: ClusterClient
    let address: String
    let times: PeerTimes
    /// Called when the member has begun to answer.
    var hasBegun: @Sendable () -> Void = {}

    /// Never takes longer than the times say.
    func blocks(_ ranges: [Range<Int>], of key: BlockKey) async -> Answer {
        let beginning = Beginning()
        let rest = times.rest(of: ranges.reduce(0) { $0 + $1.count })
        return await withTaskGroup(of: Answer?.self) { group in
            group.addTask {
                await ask(ranges, of: key) {
                    beginning.hasCome.store(true, ordering: .releasing)
                    hasBegun()
                }
            }
            group.addTask {
                // Returns early only where it is cancelled, and then nobody looks at it.
                try? await times.sleep(times.firstByte)
                if beginning.hasCome.load(ordering: .acquiring) { try? await times.sleep(rest) }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            var answer = (await group.next() ?? nil) ?? Answer()
            answer.failure = beginning.hasCome.load(ordering: .acquiring) ? Failure.slow : .late
            return answer
        }
    }

    private func ask(_ ranges: [Range<Int>], of key: BlockKey, onBeginning: () -> Void) async -> Answer {
        let query = BlockQuery(document: key.document, size: key.size, name: key.fileName, ranges: ranges)
        var reader = BlockFrameReader(key, ranges)
        var answer = Answer()
        do {
            // The time is kept here: the client's own is only to begin with.
            let hasAny = try await client.blocks(
                query, at: address, timeout: .seconds(60), hasBegun: onBeginning
            ) { answer.pieces += try reader.read($0) }
            if hasAny { try reader.finish() }
        } catch {
            answer.failure = error
        }
        return answer
    }
}
