// SPDX-License-Identifier: Apache-2.0

/// What all servers of one comparison get: documents, readers, processes.
package struct PeerPlan: Sendable, Codable {
    /// The built `recto`.
    package var program: String
    /// Of PDF documents.
    package var documents: String
    /// Of pyramid TIFF files.
    package var pyramids: String
    /// The Python that has the tile server's packages, and the tile server.
    package var python: String
    package var tileServer: String
    /// That render. The router, the portal and nginx come on top where a server has them.
    package var processes = 2
    /// Megabytes of finished tiles that each process keeps where the tile cache is on.
    package var cache = 64
    package var seconds: Double
    /// Tiles a second where each must be rendered.
    package var rate: Double
    /// By how much faster they are asked for where each has been rendered before.
    package var replays: Int
    package var repetitions: Int
    package var seed: UInt64

    package init(
        program: String, documents: String, pyramids: String, python: String, tileServer: String, seconds: Double,
        rate: Double, replays: Int, repetitions: Int, seed: UInt64
    ) {
        self.program = program
        self.documents = documents
        self.pyramids = pyramids
        self.python = python
        self.tileServer = tileServer
        self.seconds = seconds
        self.rate = rate
        self.replays = replays
        self.repetitions = repetitions
        self.seed = seed
    }
}
