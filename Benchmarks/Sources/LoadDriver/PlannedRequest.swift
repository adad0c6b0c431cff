// SPDX-License-Identifier: Apache-2.0

/// One request of a simulated reader, planned before the run: every configuration gets the same work.
package struct PlannedRequest: Sendable, Codable, Hashable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case structure
        case tile
        case search
        /// A page of another application, which knows no documents.
        case foreign
    }

    /// Seconds from the beginning of the run. Latency counts from here, however late it could be sent: a server that
    /// stalls must not be spared the requests that would have come meanwhile (coordinated omission).
    package var time: Double
    package var reader: Int
    package var document: Int
    package var kind: Kind
    /// Page looked at, from 1; 0 where the request is about the document.
    package var page: Int
    /// With `versionMark` where the version goes that the structure stream named.
    package var path: String
    /// The requests of one look at a page (all visible tiles) share a number within the reader.
    package var look: Int

    package static let versionMark: Character = "*"

    /// The path for a version.
    package func path(version: String) -> String {
        guard let mark = path.firstIndex(of: Self.versionMark) else { return path }
        return path[..<mark] + version + path[path.index(after: mark)...]
    }
}

/// All requests of a run in the order of their times.
package struct Trace: Sendable, Codable {
    package var seed: UInt64
    package var documents: [DocumentShape]
    package var requests: [PlannedRequest]

    package init(seed: UInt64, documents: [DocumentShape], requests: [PlannedRequest]) {
        self.seed = seed
        self.documents = documents
        self.requests = requests
    }

    package var duration: Double { requests.last?.time ?? 0 }
}
