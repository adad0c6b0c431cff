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
        var times: [Duration] = []
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
            times.append(time)
        }
        #expect(times.sorted()[times.count * 95 / 100 - 1] < .seconds(1))
    }

    @Test(
        "pages equal what vips shows, at scale factors 1, 2, 4 and 8",
        .enabled(if: VipsCommand.isInstalled, "the vips command is not installed (libvips-tools)"))
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
        .enabled(if: VipsCommand.isInstalled, "the vips command is not installed (libvips-tools)"),
        arguments: [
            ("png/wide-gamut-icc.png", 800), ("png/wide-gamut-icc.png", 300), ("tiff/scan-g4-feyn.tif", 800),
            ("tiff/tiled-cramps.tif", 530), ("tiff/lzw-quad.tif", 700), ("iiif/67352ccc-d1b0-11e1-89ae-279075081939.png", 217),
            ("tiff/fax-2d.tif", 1728), ("tiff/fax-2d.tif", 864), ("tiff/fax-2d.tif", 216),
        ])
    func equalsResize(name: String, width: Int) throws {
        let document = try Picture.open(Corpus.path(name))
        let page = try document.page(1).geometry.pixelSize
        let size = PixelSize(width: width, height: (page.height * width + page.width / 2) / page.width)
        let others = try #require(try VipsReference().picture(name, size: size))
        let mine = try Picture.draw(document, size: size)
        #expect(others.size == size)
        let different = [0, 1, 2, 4, 8].map { others.differences(from: mine, tolerance: $0) }
        print("RESIZE", name, width, different.map { Double($0 * 10000 / size.area) / 100 })
        #expect(different[2] * 1000 <= size.area, "\(different) of \(size.area) pixels")
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
    func picture(_ name: String, factor: Int) throws -> PortablePicture? {
        // The command does not read a PNG's eXIf.
        if name.hasSuffix("exif-orientation.png") { return nil }
        let isJPEG = name.hasSuffix(".jpg")
        // A JPEG is reduced by its loader, everything else by boxes once it is converted.
        let source = Corpus.path(name) + (isJPEG ? "[shrink=\(factor)]" : "")
        let header = try VipsHeader(Corpus.path(name))
        guard let plain = try converted(source, header, known: isJPEG ? nil : name) else { return nil }
        if header.aspect != 1 {
            return try resized(plain, 1 / Double(factor), header.aspect / Double(factor))
        }
        if isJPEG || factor == 1 { return try portable(["autorot", plain]) }
        if !header.isTurned { return try portable(["shrink", plain], ["\(factor)", "\(factor)", "--ceil"]) }
        let small = "\(folder)/small.v"
        guard try VipsCommand.run(["shrink", plain, small, "\(factor)", "\(factor)", "--ceil"]) else { return nil }
        return try portable(["autorot", small])
    }

    /// The picture at a size of its own, whole.
    func picture(_ name: String, size: PixelSize) throws -> PortablePicture? {
        let header = try VipsHeader(Corpus.path(name))
        guard let plain = try converted(Corpus.path(name), header, known: name) else { return nil }
        return try resized(
            plain, Double(size.width) / Double(header.width), Double(size.height) / Double(header.height))
    }

    private func resized(_ plain: String, _ across: Double, _ down: Double) throws -> PortablePicture? {
        try portable(["resize", plain], ["\(across)", "--vscale", "\(down)"])
    }

    private func portable(_ before: [String], _ after: [String] = []) throws -> PortablePicture? {
        let path = "\(folder)/picture.ppm"
        return try VipsCommand.run(before + [path] + after) ? try PortablePicture(path: path) : nil
    }

    private var known: (name: String, path: String)?

    private func converted(_ source: String, _ header: VipsHeader, known name: String?) throws -> String? {
        if let known, known.name == name { return known.path }
        let (flat, target) = ("\(folder)/flat.v", "\(folder)/plain.v")
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
    /// How much taller than stored the picture is to be shown.
    var aspect = 1.0

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
        if let across = Double(values["xres"] ?? ""), let down = Double(values["yres"] ?? ""), across > down * 1.01 {
            aspect = (Double(height) * across / down).rounded() / Double(height)
        }
        let bands = Int(values["bands"] ?? "") ?? 0
        hasAlpha = bands == 2 || (bands == 4 && interpretation != "cmyk") || bands == 5
    }
}
