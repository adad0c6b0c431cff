// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What one person does with one document: opens it, looks at page 1, turns pages with time to think, jumps, zooms, leaves,
/// and comes back for it or for another one. The figures are assumptions, written here so that they can be argued with; a
/// recorded trace can be used instead.
package struct ReaderPlan: Sendable {
    package var windowWidth = 1100.0
    package var windowHeight = 850.0
    /// Median seconds at a page; log-normal, sigma 0.8.
    package var think = 4.0
    /// From the structure's first line to the first tiles.
    package var untilFirstLook = 0.12
    /// One reader in so many flips through everything.
    package var flipperShare = 0.1
    package var flipperThink = 0.4
    package var mostLooks = 40
    package var mostFlippedPages = 200
    /// Of those who leave a document, how many come back: half of them for the same one, the others for any.
    package var returnShare = 0.0
    /// Mean seconds until then.
    package var absence = 6.0
    package var mostVisits = 5
    /// By what the viewer may reduce a page, from the largest to 1.
    package var reductions = TileGrid.reductions

    package init() {}

    private struct Step {
        var page: Int
        var requests: [String]
    }

    /// Looks of one visit have numbers above this times the visit's number.
    static let looksOfVisit = 1000

    /// The requests of one reader's visit to a document in the order of time.
    /// - Parameters:
    ///   - visit: how often this reader has opened a document before.
    ///   - known: what the reader's browser has kept.
    package func requests(
        reader: Int, document: Int, shape: DocumentShape, start: Double, visit: Int = 0, known: Set<String> = [],
        _ generator: inout SeededGenerator
    ) -> [PlannedRequest] {
        let firstLook = visit * Self.looksOfVisit
        var result = [
            PlannedRequest(
                time: start, reader: reader, document: document, kind: .structure, page: 0,
                path: "/documents/\(shape.path)/structure?width=\(Int(windowWidth))", look: firstLook)
        ]
        let flips = generator.unit() < flipperShare
        var time = start + untilFirstLook
        var page = 1
        /// A browser keeps what it has: the same tile is asked for once.
        var seen = known
        for look in 1...(flips ? mostFlippedPages : mostLooks) {
            for tile in tiles(flips ? .read : Action(&generator), shape.pages[page - 1], &generator) {
                let path = "/iiif/\(shape.path)@*/\(page)/\(tile)"
                guard seen.insert(path).inserted else { continue }
                result.append(
                    PlannedRequest(
                        time: time, reader: reader, document: document, kind: .tile, page: page, path: path,
                        look: firstLook + look))
            }
            time += flips ? flipperThink : thinking(&generator)
            if flips {
                guard page < shape.pages.count else { break }
                page += 1
            } else {
                let draw = generator.unit()
                guard draw > 0.06 else { break }
                if draw > 0.9 {
                    page = 1 + Int(generator.unit() * Double(shape.pages.count))
                } else if draw > 0.25 {
                    page = page % shape.pages.count + 1
                }
            }
        }
        return result
    }

    private enum Action {
        case read
        case scroll
        case zoom

        init(_ generator: inout SeededGenerator) {
            switch generator.unit() {
            case ..<0.75: self = .read
            case ..<0.9: self = .scroll
            default: self = .zoom
            }
        }
    }

    private func tiles(
        _ action: Action, _ page: DocumentShape.Page, _ generator: inout SeededGenerator
    ) -> [String] {
        let aspect = windowHeight / windowWidth
        let whole = TileGrid(page, shownWidth: windowWidth, reductions: reductions)
        switch action {
        case .read: return whole.requests(top: 0, aspect: aspect)
        case .scroll: return [0, 0.5].flatMap { whole.requests(top: $0, aspect: aspect) }
        case .zoom:
            let (left, top) = (generator.unit() * 0.5, generator.unit() * 0.5)
            return [2.0, 4.0].flatMap { factor in
                TileGrid(page, shownWidth: windowWidth * factor, reductions: reductions)
                    .requests(top: top, aspect: aspect, left: left, share: 1 / factor)
            }
        }
    }

    func thinking(_ generator: inout SeededGenerator) -> Double {
        // Box and Muller's transform gives the normal distribution.
        let normal = sqrt(-2 * log(1 - generator.unit())) * cos(2 * .pi * generator.unit())
        return think * exp(0.8 * normal)
    }
}
