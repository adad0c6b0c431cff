// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import TileModel

@testable import RasterEngine

/// A document in memory that counts and can refuse.
final class MemorySource: DocumentSource {
    let bytes: [UInt8]
    let isUnchanged = true
    private(set) var reads = ReadCount()
    var size: Int { bytes.count }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    convenience init(path: String) throws { self.init([UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))) }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else { return false }
        reads.calls += 1
        reads.bytes += buffer.count
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
        }
        return true
    }
}

/// A document that lies far away: blocks come when they were missed.
final class DistantSource: DocumentSource {
    private let bytes: [UInt8]
    private var present: Set<Int> = []
    private var missing: Set<Int> = []
    private(set) var reads = ReadCount()
    let isUnchanged = true
    let isComplete = false
    var size: Int { bytes.count }
    var bytesPresent: Int { present.count * Self.block }

    private static let block = 1 << 10

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else { return false }
        guard isAtHand(offset..<offset + buffer.count) else { return false }
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
        }
        return true
    }

    func isAtHand(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return true }
        let absent = (range.lowerBound / Self.block...(range.upperBound - 1) / Self.block).filter {
            !present.contains($0)
        }
        missing.formUnion(absent)
        return absent.isEmpty
    }

    var isMissingBytes: Bool { !missing.isEmpty }

    func takeMissing() -> [Range<Int>] {
        defer { missing = [] }
        return missing.map { $0 * Self.block..<($0 + 1) * Self.block }
    }

    /// Does it until nothing is missed. Returns how often blocks had to come.
    func rounds(_ body: () throws -> Void) rethrows -> Int {
        for round in 0... {
            do { try body() } catch  where isMissingBytes {}
            guard isMissingBytes else { return round }
            present.formUnion(missing)
            missing = []
        }
        return 0
    }
}

enum Picture {
    static func open(_ source: any DocumentSource, clock: UseClock = UseClock()) throws -> any OpenDocument {
        RasterLibrary.prepare()
        return try RasterEngine.formats.open(source, clock: clock)
    }

    static func open(_ path: String) throws -> any OpenDocument { try open(try MemorySource(path: path)) }

    /// A part of a page, the whole page where no region is given.
    static func draw(
        _ document: any OpenDocument, page: Int = 1, region: PixelRegion? = nil, size: PixelSize? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws -> Canvas {
        let pageSize = try document.page(page).geometry.pixelSize
        let region = region ?? PixelRegion(x: 0, y: 0, width: pageSize.width, height: pageSize.height)
        let tile = Tile(
            page: page, region: region, size: size ?? PixelSize(width: region.width, height: region.height),
            format: .png)
        return try TileRenderer().draw(tile, pageSize: pageSize, of: document, isCancelled: isCancelled)
    }

    /// The page at `1 / factor`, in one piece.
    static func draw(_ document: any OpenDocument, page: Int = 1, factor: Int) throws -> Canvas {
        let size = try document.page(page).geometry.pixelSize
        return try draw(
            document, page: page,
            size: PixelSize(width: (size.width + factor - 1) / factor, height: (size.height + factor - 1) / factor))
    }
}

extension Canvas {
    func pixel(_ x: Int, _ y: Int) -> UInt32 { row(y)[x] & 0xFF_FFFF }

    /// How many pixels differ by more than `tolerance` in a channel.
    func differences(from other: Canvas, tolerance: Int) -> Int {
        var count = 0
        for y in 0..<size.height {
            let (mine, others) = (row(y), other.row(y))
            if memcmp(mine, others, size.width * 4) == 0 { continue }
            for x in 0..<size.width where !isClose(mine[x], others[x], tolerance) { count += 1 }
        }
        return count
    }
}

func isClose(_ left: UInt32, _ right: UInt32, _ tolerance: Int) -> Bool {
    if left & 0xFF_FFFF == right & 0xFF_FFFF { return true }
    for shift in stride(from: UInt32(0), through: 16, by: 8)
    where abs(Int(left >> shift & 0xFF) - Int(right >> shift & 0xFF)) > tolerance { return false }
    return true
}

enum Corpus {
    static let repository: String = {
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    }()

    static let folder: String? = {
        let path = ProcessInfo.processInfo.environment["RECTO_CORPUS"] ?? "\(repository)/../shared/corpus"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    static func path(_ name: String) -> String { "\(folder ?? "")/\(name)" }

    static func files(in folders: [String]) throws -> [String] {
        let kinds = ["tif", "tiff", "jpg", "png", "jp2"]
        return try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
                .filter { name in kinds.contains { name.hasSuffix(".\($0)") } }.map { "\(folder)/\($0)" }
        }
    }
}

/// The `vips` command, the reference for pixels.
enum VipsCommand {
    static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/vips")

    static func run(_ arguments: [String]) throws -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/vips")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

/// A file of the `vips` command's own format: 64 bytes of header, then nothing but pixels.
struct PlainPicture {
    let size: PixelSize
    private let bands: Int
    private let bytes: [UInt8]
    private let start = 64

    /// Nil where the pixels are not grey or sRGB of 8 bits.
    init?(path: String) throws {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped))
        guard bytes.count > start, bytes.starts(with: [0xB6, 0xA6, 0xF2, 0x08]) else { return nil }
        let words = (1...5).map { TIFFNumbers(isLittleEndian: true).number(bytes, $0 * 4, 4) }
        (size, bands) = (PixelSize(width: words[0], height: words[1]), words[2])
        // The fifth is the samples' format.
        guard bands == 1 || bands == 3, words[4] == 0, bytes.count >= start + size.area * bands else { return nil }
        self.bytes = bytes
    }

    /// How many pixels of a canvas of the same size differ by more than `tolerance` in a channel.
    func differences(from canvas: Canvas, tolerance: Int) -> Int {
        var count = 0
        bytes.withUnsafeBufferPointer { bytes in
            guard var mine = bytes.baseAddress.map({ $0 + start }) else { return }
            let (green, blue) = (bands == 1 ? 0 : 1, bands == 1 ? 0 : 2)
            let (width, height) = (size.width, size.height)
            var y = 0
            while y < height {
                let others = canvas.row(y)
                var x = 0
                // Not a range: without optimisation its iterator costs more than the comparison.
                while x < width {
                    let pixel = others[x]
                    let expected = UInt32(mine[0]) << 16 | UInt32(mine[green]) << 8 | UInt32(mine[blue])
                    if pixel & 0xFF_FFFF != expected, !isClose(pixel, expected, tolerance) { count += 1 }
                    mine += bands
                    x += 1
                }
                y += 1
            }
        }
        return count
    }
}
