// SPDX-License-Identifier: Apache-2.0

import TileModel

/// The purges that have been heard of lately, so that one that comes twice does its work once. Pure.
struct PurgeLog {
    private struct Entry: Hashable {
        let event: String
        /// Whoever gives two purges one name is not to lose the second.
        let selection: DocumentSelection
    }

    private var known: Set<Entry> = []
    private var order: [Entry] = []
    /// Where the next one goes once there are as many as are kept.
    private var next = 0

    /// Repeats come within minutes; a repeat that is not known as one only does its work again. Below 2 MB.
    static let most = 4096

    /// Whether it is the first of its kind.
    mutating func isNew(_ event: String, _ selection: DocumentSelection) -> Bool {
        let entry = Entry(event: event, selection: selection)
        guard known.insert(entry).inserted else { return false }
        if order.count < Self.most {
            order.append(entry)
        } else {
            known.remove(order[next])
            order[next] = entry
            next = (next + 1) % Self.most
        }
        return true
    }
}
