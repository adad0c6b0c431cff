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
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var compared = 0
        for name in try Corpus.files(in: ["tiff", "jpeg", "png", "iiif"]) {
            let document = try Picture.open(Corpus.path(name))
            for factor in [1, 2, 4, 8] {
                guard let path = try VipsReference.picture(name, factor: factor, in: folder.path) else { continue }
                let mine = try Picture.draw(document, factor: factor)
                let others = try Picture.draw(try Picture.open(path))
                guard mine.size == others.size else {
                    // A JPEG's reduction that leaves a rest is cut off by the command.
                    let size = try document.page(1).geometry.pixelSize
                    #expect(
                        name.hasSuffix(".jpg") && (size.width % factor != 0 || size.height % factor != 0), "\(name)")
                    continue
                }
                let different = mine.differences(from: others, tolerance: 2)
                #expect(
                    different * 1000 <= mine.size.area, "\(name)/\(factor): \(different) of \(mine.size.area) pixels")
                compared += 1
            }
        }
        #expect(compared > 100)
    }
}

/// The first page of a picture as the `vips` command makes it: flattened, converted, shrunk and turned, each by its own
/// operation.
private enum VipsReference {
    /// Nil where the command cannot show the picture.
    static func picture(_ name: String, factor: Int, in folder: String) throws -> String? {
        let base = "\(folder)/\(name.replacingOccurrences(of: "/", with: "-"))"
        // The command does not read a PNG's eXIf.
        if name.hasSuffix("exif-orientation.png") { return nil }
        let isJPEG = name.hasSuffix(".jpg")
        // A JPEG is reduced by its loader, everything else by boxes once it is converted.
        let plain = isJPEG ? "\(base).\(factor).v" : "\(base).v"
        if !FileManager.default.fileExists(atPath: plain) {
            let source = Corpus.path(name) + (isJPEG ? "[shrink=\(factor)]" : "")
            guard try converted(source, to: plain, scratch: base) else { return nil }
        }
        let result = "\(base).\(factor).png"
        let reduced = "\(base).reduced.v"
        if !isJPEG, factor > 1 {
            guard try VipsCommand.run(["shrink", plain, reduced, "\(factor)", "\(factor)", "--ceil"]) else {
                return nil
            }
        }
        let turned = try VipsCommand.run(["autorot", !isJPEG && factor > 1 ? reduced : plain, result + "[strip]"])
        return turned ? result : nil
    }

    private static func converted(_ source: String, to target: String, scratch: String) throws -> Bool {
        guard try VipsCommand.run(["copy", source, "\(scratch).0.v"]) else { return false }
        let header = try VipsHeader("\(scratch).0.v")
        var current = "\(scratch).0.v"
        if header.hasAlpha {
            let paper = header.format == "ushort" ? "65535" : "255"
            let flat = "\(scratch).1.v"
            guard try VipsCommand.run(["flatten", current, flat, "--background", paper, "--max-alpha", paper]) else {
                return false
            }
            current = flat
        }
        let isCMYK = header.interpretation == "cmyk"
        if header.hasProfile || isCMYK,
            try VipsCommand.run(
                ["icc_transform", current, target, "srgb", "--embedded"] + (isCMYK ? ["--input-profile", "cmyk"] : []))
        {
            return true
        }
        let isGrey = ["b-w", "grey16"].contains(header.interpretation)
        guard header.format != "char" else { return try VipsCommand.run(["cast", current, target, "uchar"]) }
        return try VipsCommand.run(["colourspace", current, target, isGrey ? "b-w" : "srgb"])
    }
}

private struct VipsHeader {
    var interpretation = ""
    var format = ""
    var hasAlpha = false
    var hasProfile = false

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
        let bands = Int(values["bands"] ?? "") ?? 0
        hasAlpha = bands == 2 || (bands == 4 && interpretation != "cmyk") || bands == 5
    }
}
