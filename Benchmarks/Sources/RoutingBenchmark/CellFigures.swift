// SPDX-License-Identifier: Apache-2.0

package import LoadDriver

/// What one run of one architecture in one scene gave. `Figure` says what each means. Nil is what could not be known.
package struct CellFigures: Sendable, Codable {
    package var requests = 0
    package var failures = 0
    /// Documents of which at least one request was answered.
    package var documents = 0
    package var documentBytes = 0
    package var tiles = 0
    /// Looks at a page.
    package var pages = 0
    package var archive: CountingOrigin.Account?
    package var readToEnd: ReadToEnd?
    package var holdings: Holdings?
    package var usage: Usage?
    /// Look-ups of each cache layer of all members.
    package var layers: [String: Layer] = [:]
    package var hitRatio = 0.0
    package var firstPage = LatencyHistogram()
    package var firstTile = LatencyHistogram()
    package var allTiles = LatencyHistogram()
    package var requestsToFirstPage: Double?
    /// Requests of the busiest node divided by the mean.
    package var loadSkew: Double?
    /// Share of the documents asked for before and after the event whose node changed.
    package var movedShare: Double?
    /// Of a page of another application beside the cluster.
    package var foreign: LatencyHistogram?
    package var foreignFailures = 0
    /// Seconds that nodes ran, where they come and go.
    package var nodeTime: Double?
    package var driver = Driver()
    /// Megabytes of tiles that each member could keep.
    package var tileCache = 0
    package var checks: [Check] = []

    /// Documents of which readers saw every page, with so many tiles that a node can hardly have been spared.
    package struct ReadToEnd: Sendable, Codable {
        package var documents = 0
        package var size = 0
        package var archive = CountingOrigin.Account()
    }

    /// What members have open at the end.
    package struct Holdings: Sendable, Codable {
        package var byNodes = 0
        package var byPortals = 0
        package var nodes = 0
    }

    /// Processor seconds during the run, and memory in bytes.
    package struct Usage: Sendable, Codable {
        package var seconds: [String: Double] = [:]
        package var nodeMemoryAtEnd = 0
        package var nodeMemoryAtPeak = 0
        /// How many nodes had that.
        package var nodesAtPeak = 0
        package var allMemoryAtEnd = 0

        func seconds(_ role: ProcessRole) -> Double? { seconds[role.rawValue] }
    }

    package struct Layer: Sendable, Codable {
        package var hits = 0.0
        package var misses = 0.0
    }

    /// What measuring itself took.
    package struct Driver: Sendable, Codable {
        package var seconds = 0.0
        package var originSeconds = 0.0
        package var duration = 0.0
        /// Lateness of sending, 99 of 100.
        package var lag = 0.0
    }
}
