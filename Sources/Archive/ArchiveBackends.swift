// SPDX-License-Identifier: Apache-2.0

/// What the user said about archives beyond where they lie.
package struct ArchiveSettings: Sendable {
    /// Environment variables: backends take the standard ones of their kind from here.
    package var environment: [String: String] = [:]
    /// Hosts to which an HTTP origin may redirect, beside its own; `host` or `host:port`.
    package var allowedHosts: [String] = []
    /// Whether HTTP origins may lie at private, loopback and link-local addresses.
    package var allowsPrivateAddresses = false
    /// The header of a request that is passed on when an HTTP origin is asked who may see a document.
    package var forwardedHeader: String?
    /// Where the list of an HTTP origin's documents is; nil: `index.json` in its folder.
    package var index: String?

    package init() {}
}

/// The registry of archive backends, asked in order by the location that the user gave.
package enum ArchiveBackends {
    package typealias Open =
        @Sendable (_ location: String, _ settings: ArchiveSettings) throws -> (
            any DocumentArchive
        )?

    package static let all: [Open] = [
        S3Archive.open(location:settings:),
        HTTPOriginArchive.open(location:settings:),
        FolderArchive.open(location:settings:),
    ]

    /// - Throws: `ArchiveError` with a message for the user.
    package static func open(_ location: String, _ settings: ArchiveSettings = ArchiveSettings()) throws
        -> any DocumentArchive
    {
        for backend in all {
            if let archive = try backend(location, settings) { return archive }
        }
        throw ArchiveError.refused("no archive backend knows the location \(location)")
    }
}
