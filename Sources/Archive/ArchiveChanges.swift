// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// What an archive took in, in the order (time of change, name): a pure function of its listing, so that whoever asks gets
/// the same.
package struct ArchiveChanges: Sendable {
    /// A place in that order.
    package struct Cursor: Sendable, Hashable, Comparable {
        /// Nanoseconds since 1970.
        package let changed: Int
        package let name: [UInt8]

        package init(changed: Int, name: [UInt8]) {
            self.changed = changed
            self.name = name
        }

        package static func < (left: Self, right: Self) -> Bool {
            left.changed != right.changed
                ? left.changed < right.changed : left.name.lexicographicallyPrecedes(right.name)
        }
    }

    private let after: Cursor?
    private let limit: Int
    private let latest: Double
    /// The first `limit` behind the cursor among those seen, and one more, in order.
    private var first: [(place: Cursor, entry: ArchiveEntry)] = []

    /// - Parameters:
    ///   - latest: seconds since 1970. Later changes are left out: others of the same moment may still be missing from
    ///     the listing, and a reader that went past them would never see them.
    ///   - limit: 1 or more; also what bounds the memory taken, however long the listing.
    package init(after: Cursor?, limit: Int, latest: Double) {
        self.after = after
        self.limit = limit
        self.latest = latest
    }

    /// Goes through the whole listing once for all of them: one request to the archive for each thousand documents.
    package static func read(
        _ archive: any DocumentArchive, _ questions: [ArchiveChanges], for caller: CallerCredential?
    ) async throws -> [ArchiveChanges] {
        var changes = questions
        var cursor: [UInt8]?
        repeat {
            let page = try await archive.list(prefix: [], cursor: cursor, limit: 1000, for: caller)
            for entry in page.objects {
                for place in changes.indices { changes[place].add(entry) }
            }
            cursor = page.next
        } while cursor != nil
        return changes
    }

    package mutating func add(_ entry: ArchiveEntry) {
        // Of what has no time nobody can say when it came.
        guard let changed = entry.changed, changed <= latest, abs(changed) < 9e9 else { return }
        let place = Cursor(changed: Int(changed * 1e9), name: entry.document.bytes)
        if let after, place <= after { return }
        if first.count > limit, let last = first.last, last.place < place { return }
        let index = first.firstIndex { place < $0.place } ?? first.count
        first.insert((place, entry), at: index)
        if first.count > limit + 1 { first.removeLast() }
    }

    package var entries: [ArchiveEntry] { first.prefix(limit).map(\.entry) }
    package var hasMore: Bool { first.count > limit }
    /// Where to go on; what came in where there was nothing new.
    package var cursor: Cursor? { first.prefix(limit).last?.place ?? after }
}
