// SPDX-License-Identifier: Apache-2.0

import CCairo
import Document
import Foundation
import Testing
import TileModel

@testable import DrawingEngine

/// Bytes of a document in memory.
final class BytesSource: DocumentSource {
    let bytes: [UInt8]
    let size: Int
    private(set) var reads = ReadCount()
    let isUnchanged = true

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        size = bytes.count
    }

    convenience init(_ text: String) { self.init(Array(text.utf8)) }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, offset + buffer.count <= size else { return false }
        reads.calls += 1
        reads.bytes += buffer.count
        bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + buffer.count])) }
        return true
    }
}

/// The documents that the tests are run over besides our own.
enum Corpus {
    static let folder: String? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/corpus").path
        let path = ProcessInfo.processInfo.environment["RECTO_CORPUS"] ?? beside
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static func names(_ part: String, _ suffixes: [String]) -> [String] {
        guard let folder else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")) ?? []
        return names.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted().map { "\(part)/\($0)" }
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = try #require(folder)
        return [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
    }
}

enum Drawing {
    static func open(_ bytes: [UInt8]) throws -> any OpenDocument {
return try DrawingEngine.formats.open(BytesSource(bytes), clock: UseClock())
    }

    /// The page at a scale factor in one piece, or a region of it.
    static func draw(
        _ document: any OpenDocument, page: Int = 1, factor: Int = 1, region: PixelRegion? = nil, size: PixelSize? = nil
    ) throws -> Canvas {
        let pageSize = try document.page(page).geometry.pixelSize
        let region = region ?? PixelRegion(x: 0, y: 0, width: pageSize.width, height: pageSize.height)
        let reduced = PixelSize(
            width: (region.width + factor - 1) / factor, height: (region.height + factor - 1) / factor)
        let tile = Tile(page: page, region: region, size: size ?? reduced, format: .png)
        return try TileRenderer().draw(tile, pageSize: pageSize, of: document) { false }
    }

    /// How far the tiles of a page at a scale factor, laid side by side, are from the page in one piece. Where that would
    /// be more than 12 megapixels, only the tiles in the middle are looked at, beside one piece that holds them.
    static func seams(_ document: any OpenDocument, page: Int = 1, factor: Int, tile side: Int = 512) throws
        -> Difference
    {
        let pageSize = try document.page(page).geometry.pixelSize
        let piece = try draw(document, page: page, factor: factor)
        var difference = Difference()
        for x in stride(from: 0, to: pageSize.width, by: side * factor) {
            for y in stride(from: 0, to: pageSize.height, by: side * factor) {
                let region = PixelRegion(
                    x: x, y: y, width: min(side * factor, pageSize.width - x),
                    height: min(side * factor, pageSize.height - y))
                let tile = try draw(document, page: page, factor: factor, region: region)
                difference.add(tile, piece, x: x / factor, y: y / factor)
            }
        }
        return difference
    }

    static func write(_ canvas: Canvas, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["RECTO_PICTURES"] else { return }
        try Data(TileRenderer().encode(canvas, as: .png)).write(to: URL(filePath: "\(folder)/\(name).png"))
    }
}

struct Difference: CustomStringConvertible {
    private(set) var pixels = 0
    private(set) var worst = 0
    private var beyond = [Int](repeating: 0, count: 256)

    /// Pixels that differ by more than so much in any colour.
    func count(beyond limit: Int) -> Int { beyond[(limit + 1)...].reduce(0, +) }

    var description: String {
        "worst \(worst), more than 1: \(count(beyond: 1)), than 2: \(count(beyond: 2)) of \(pixels)"
    }

    /// Compares all of `tile` with `piece` from `x`, `y` on.
    mutating func add(_ tile: Canvas, _ piece: Canvas, x: Int = 0, y: Int = 0) {
        tile.withPixels { _ in
            for row in 0..<min(tile.size.height, piece.size.height - y) {
                let (left, right) = (tile.row(row), piece.row(y + row))
                for column in 0..<min(tile.size.width, piece.size.width - x) {
                    let (a, b) = (left[column], right[x + column])
                    pixels &+= 1
                    guard a != b else { continue }
                    let most = max(
                        abs(Int(a & 0xFF) &- Int(b & 0xFF)), abs(Int(a >> 8 & 0xFF) &- Int(b >> 8 & 0xFF)),
                        abs(Int(a >> 16 & 0xFF) &- Int(b >> 16 & 0xFF)))
                    beyond[most] += 1
                    worst = max(worst, most)
                }
            }
        }
    }
}
