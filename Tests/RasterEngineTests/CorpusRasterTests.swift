// SPDX-License-Identifier: Apache-2.0

import Document
import Foundation
import Testing
import TileModel

@testable import RasterEngine

/// Every picture of the corpus.
@Suite(.serialized, .enabled(if: Corpus.folder != nil, "the corpus is not here; set RECTO_CORPUS to its folder"))
struct CorpusRasterTests {
    @Test("every picture of the corpus opens and shows each of its pages")
    func opens() throws {
        for name in try Corpus.files(in: ["tiff", "jpeg", "png", "iiif"]) {
            do {
                let document = try Picture.open(Corpus.path(name))
                for page in try document.pages(from: 1, count: 100) {
                    let canvas = try Picture.draw(document, page: page.page)
                    #expect(canvas.size == page.geometry.pixelSize, "\(name)")
                }
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    @Test("damaged pictures give a picture or say why, soon")
    func malformed() throws {
        let clock = ContinuousClock()
        for name in try Corpus.files(in: ["malformed"]) {
            let time = clock.measure {
                do {
                    let document = try Picture.open(Corpus.path(name))
                    for page in try document.pages(from: 1, count: 5) {
                        let size = page.geometry.pixelSize
                        let factor = max(1, (max(size.width, size.height) + 1023) / 1024)
                        _ = try Picture.draw(document, page: page.page, factor: factor)
                        _ = try Picture.draw(
                            document, page: page.page,
                            region: PixelRegion(
                                x: 0, y: 0, width: min(512, size.width), height: min(512, size.height)))
                    }
                } catch {
                    if case DocumentError.damaged(let reason) = error { #expect(!reason.isEmpty, "\(name)") }
                }
            }
            #expect(time < .seconds(10), "\(name) took \(time)")
        }
    }
}

/// Pictures of the corpus against the `vips` command. A suite of its own: it waits for that half of its time.
@Suite(
    .serialized, .enabled(if: Corpus.folder != nil, "the corpus is not here; set RECTO_CORPUS to its folder"),
    .enabled(if: VipsCommand.isInstalled, "the vips command is not installed (libvips-tools)"))
struct CorpusVipsTests {
    @Test("pages equal what vips shows, at scale factors 1, 2, 4 and 8")
    func equalsVips() throws {
        let reference = try VipsReference()
        var compared: [Int: Int] = [:]
        // Two factors a file: the command and unoptimised loops take a second for a large picture.
        for (index, name) in try Corpus.files(in: ["tiff", "jpeg", "png", "iiif"]).enumerated() {
            let document = try Picture.open(Corpus.path(name))
            for factor in index.isMultiple(of: 2) ? [1, 4] : [2, 8] {
                guard let others = try reference.picture(name, factor: factor) else { continue }
                let mine = try Picture.draw(document, factor: factor)
                guard mine.size == others.size else {
                    // A JPEG's reduction that leaves a rest is cut off by the command.
                    let size = try document.page(1).geometry.pixelSize
                    #expect(
                        name.hasSuffix(".jpg") && (size.width % factor != 0 || size.height % factor != 0), "\(name)")
                    continue
                }
                let different = others.differences(from: mine, tolerance: 2)
                #expect(
                    different * 1000 <= mine.size.area, "\(name)/\(factor): \(different) of \(mine.size.area) pixels")
                compared[factor, default: 0] += 1
            }
        }
        for factor in [1, 2, 4, 8] { #expect(compared[factor, default: 0] >= 10, "factor \(factor)") }
    }

    @Test(
        "sizes of their own equal what vips resizes to",
        arguments: [
            ("png/wide-gamut-icc.png", 800, 1), ("png/wide-gamut-icc.png", 300, 1),
            ("tiff/lzw-quad.tif", 700, 4), ("tiff/fax-2d.tif", 1728, 1),
            // Hard edges; measured, not explained: nowhere by more than 8 but for the odd pixel.
            ("tiff/scan-g4-feyn.tif", 800, 25), ("tiff/tiled-cramps.tif", 530, 10), ("tiff/fax-2d.tif", 216, 30),
            ("iiif/67352ccc-d1b0-11e1-89ae-279075081939.png", 217, 10),
        ])
    func equalsResize(name: String, width: Int, permille: Int) throws {
        let document = try Picture.open(Corpus.path(name))
        let page = try document.page(1).geometry.pixelSize
        let size = PixelSize(width: width, height: (page.height * width + page.width / 2) / page.width)
        let others = try #require(try VipsReference().picture(name, size: size))
        let mine = try Picture.draw(document, size: size)
        #expect(others.size == size)
        let different = (
            slightly: others.differences(from: mine, tolerance: 2),
            clearly: others.differences(from: mine, tolerance: 8)
        )
        #expect(different.slightly * 1000 <= permille * size.area, "\(different) of \(size.area) pixels")
        #expect(different.clearly * 1000 <= size.area, "\(different) of \(size.area) pixels")
    }
}

/// The first page of a picture as the `vips` command makes it: flattened, converted, shrunk and turned, each by its own
/// operation.
private final class VipsReference {
    private let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("recto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        folder = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Nil where the command cannot show the picture.
    func picture(_ name: String, factor: Int) throws -> PlainPicture? {
        // The command does not read a PNG's eXIf, and does not make pixels square: see `picture(_:size:)`.
        if name.hasSuffix("exif-orientation.png") || name.hasSuffix("fax-2d.tif") { return nil }
        let isJPEG = name.hasSuffix(".jpg")
        // A JPEG is reduced by its loader, everything else by boxes once it is converted.
        let source = Corpus.path(name) + (isJPEG ? "[shrink=\(factor)]" : "")
        let header = try VipsHeader(Corpus.path(name))
        guard let whole = try converted(source, header, known: isJPEG ? nil : name) else { return nil }
        if isJPEG || factor == 1 {
            return header.isTurned ? try plain(["autorot", whole]) : try PlainPicture(path: whole)
        }
        if !header.isTurned { return try plain(["shrink", whole], ["\(factor)", "\(factor)", "--ceil"]) }
        let small = "\(folder)/small.v"
        guard try VipsCommand.run(["shrink", whole, small, "\(factor)", "\(factor)", "--ceil"]) else { return nil }
        return try plain(["autorot", small])
    }

    /// The picture at a size of its own, whole.
    func picture(_ name: String, size: PixelSize) throws -> PlainPicture? {
        let header = try VipsHeader(Corpus.path(name))
        guard let whole = try converted(Corpus.path(name), header, known: name) else { return nil }
        let (across, down) = (
            Double(size.width) / Double(header.width), Double(size.height) / Double(header.height)
        )
        if across >= 1, down >= 1 {
            // `vips resize` moves what it enlarges by half a pixel to the left and up.
            return try plain(
                ["affine", whole],
                [
                    "\(across) 0 0 \(down)", "--interpolate", "bicubic", "--extend", "copy", "--oarea",
                    "0 0 \(size.width) \(size.height)", "--idx", "\(0.5 - 0.5 / across)", "--idy",
                    "\(0.5 - 0.5 / down)",
                ])
        }
        // `vips resize` averages boxes first, on each axis as many as fit: on both alike where pixels are square.
        if abs(across / down - 1) > 0.01 { return try plain(["reduce", whole], ["\(1 / across)", "\(1 / down)"]) }
        return try plain(["resize", whole], ["\(across)", "--vscale", "\(down)"])
    }

    private func plain(_ before: [String], _ after: [String] = []) throws -> PlainPicture? {
        let path = "\(folder)/picture.v"
        return try VipsCommand.run(before + [path] + after) ? try PlainPicture(path: path) : nil
    }

    private var known: (name: String, path: String)?

    private func converted(_ source: String, _ header: VipsHeader, known name: String?) throws -> String? {
        if let known, known.name == name { return known.path }
        let (flat, target) = ("\(folder)/flat.v", "\(folder)/whole.v")
        var current = source
        if header.hasAlpha {
            let paper = header.format == "ushort" ? "65535" : "255"
            guard try VipsCommand.run(["flatten", current, flat, "--background", paper, "--max-alpha", paper]) else {
                return nil
            }
            current = flat
        }
        guard try convert(current, header, to: target) else { return nil }
        known = name.map { ($0, target) }
        return target
    }

    private func convert(_ source: String, _ header: VipsHeader, to target: String) throws -> Bool {
        let isCMYK = header.interpretation == "cmyk"
        if header.hasProfile || isCMYK,
            try VipsCommand.run(
                ["icc_transform", source, target, "srgb", "--embedded"] + (isCMYK ? ["--input-profile", "cmyk"] : []))
        {
            return true
        }
        let isGrey = ["b-w", "grey16"].contains(header.interpretation)
        guard header.format != "char" else { return try VipsCommand.run(["cast", source, target, "uchar"]) }
        return try VipsCommand.run(["colourspace", source, target, isGrey ? "b-w" : "srgb"])
    }
}

private struct VipsHeader {
    var interpretation = ""
    var format = ""
    var hasAlpha = false
    var hasProfile = false
    var isTurned = false
    var width = 0
    var height = 0

    init(_ path: String) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/vipsheader")
        process.arguments = ["-a", path]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        interpretation = values["interpretation"] ?? ""
        format = values["format"] ?? ""
        hasProfile = values["icc-profile-data"] != nil
        isTurned = values["orientation"].map { $0 != "1" } ?? false
        width = Int(values["width"] ?? "") ?? 0
        height = Int(values["height"] ?? "") ?? 0
        let bands = Int(values["bands"] ?? "") ?? 0
        hasAlpha = bands == 2 || (bands == 4 && interpretation != "cmyk") || bands == 5
    }
}
