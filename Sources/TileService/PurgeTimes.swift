// SPDX-License-Identifier: Apache-2.0

import TileModel

/// When documents were purged last: what the archive told somebody before that does not count any more. Pure.
struct PurgeTimes {
    typealias Instant = ContinuousClock.Instant

    private var documents: [DocumentID: Instant] = [:]
    private var prefixes: [(bytes: [UInt8], time: Instant)] = []
    /// Of the last purge that is not remembered by what it named: it counts as one of everything.
    private var floor: Instant?

    static let mostDocuments = 4096
    static let mostPrefixes = 64

    mutating func add(_ selection: DocumentSelection, _ now: Instant) {
        switch selection {
        case .document(let document):
            if documents.count >= Self.mostDocuments, documents[document] == nil {
                raise(to: documents.values.max())
                documents = [:]
            }
            documents[document] = now
        case .prefix(let bytes):
            prefixes.removeAll { $0.bytes.starts(with: bytes) }
            prefixes.append((bytes, now))
            if prefixes.count > Self.mostPrefixes { raise(to: prefixes.removeFirst().time) }
        }
    }

    private mutating func raise(to time: Instant?) {
        if let time { floor = max(floor ?? time, time) }
    }

    /// Whether what the archive told at that time may still be so.
    func allows(_ document: DocumentID, _ told: Instant) -> Bool {
        if let floor, told <= floor { return false }
        if let time = documents[document], told <= time { return false }
        return !prefixes.contains { told <= $0.time && document.bytes.starts(with: $0.bytes) }
    }
}
