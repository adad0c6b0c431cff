// SPDX-License-Identifier: Apache-2.0

import Archive
import Logging
import ServiceRole

/// Where bytes of distant documents come from besides the archive.
enum BlockPlaces {
    /// In the order in which they are asked. Each is nil where it is not wanted.
    static func all(_ options: ServiceOptions, _ peers: PeerBlocks?, _ logger: Logger) throws -> [any BlockSource] {
        let places: [(any BlockSource)?] = [
            peers,
            try options.tiers.documents(logger),
        ]
        return places.compactMap(\.self)
    }
}
