// SPDX-License-Identifier: Apache-2.0

import LoadDriver

/// What one run of one architecture in one scene gave. `Figure` says what each means.
package struct CellFigures: Sendable, Codable {
    package var requests = 0
    package var failures = 0
    /// Documents of which at least one request was answered.
    package var documents = 0
    package var documentBytes = 0
    package var archive = CountingOrigin.Account()
    /// Documents open in nodes and portals at the end, counted once for each that holds it.
    package var heldCopies = 0
    package var nodes = 0
    package var memoryAtEnd = 0
    package var memoryAtPeak = 0
    package var hitRatio = 0.0
    package var firstPage = Percentiles()
    package var firstTile = Percentiles()
    package var allTiles = Percentiles()
    package var routerSeconds = 0.0
    package var portalSeconds = 0.0
    package var nodeSeconds = 0.0
    package var tiles = 0
    /// Requests of the busiest node divided by the mean.
    package var loadSkew = 0.0
    /// Share of the documents asked for before and after the event whose node changed; nil where nothing happened.
    package var movedShare: Double?
    package var settings = 0

    package struct Percentiles: Sendable, Codable {
        package var p50 = 0.0
        package var p95 = 0.0
        package var p99 = 0.0

        init() {}

        init(_ values: [Double]) {
            let sorted = values.sorted()
            p50 = Summary.percentile(0.5, sorted)
            p95 = Summary.percentile(0.95, sorted)
            p99 = Summary.percentile(0.99, sorted)
        }
    }
}
