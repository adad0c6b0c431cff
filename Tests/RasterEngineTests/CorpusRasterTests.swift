// SPDX-License-Identifier: Apache-2.0

import CVips
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
            var outcome = "shown"
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
                    outcome = "\(error)"
                    if case DocumentError.damaged(let reason) = error { #expect(!reason.isEmpty, "\(name)") }
                }
            }
            print(name, time, outcome)
            #expect(time < .seconds(10), "\(name) took \(time)")
        }
    }

    @Test(
        "pages equal what vips shows, at scale factors 1, 2, 4 and 8",
        .enabled(if: VipsCommand.isInstalled, "the vips command is not installed (libvips-tools)"),
        arguments: [1, 2, 4, 8])
    func equalsVips(factor: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("recto-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var compared = 0
        for name in try Corpus.files(in: ["tiff", "jpeg", "png", "iiif"]) {
            let document = try Picture.open(Corpus.path(name))
            guard let reference = try VipsReference(name, factor: factor, in: folder.path) else {
                print("vips cannot read \(name)")
                continue
            }
            let mine = try Picture.draw(document, factor: factor)
            let others = try Picture.draw(try Picture.open(reference.path))
            guard mine.size == others.size else {
                Issue.record("\(name): \(mine.size) and \(others.size)")
                continue
            }
            let different = mine.differences(from: others, tolerance: 2)
            #expect(different * 1000 <= mine.size.area, "\(name): \(different) of \(mine.size.area) pixels")
            compared += 1
        }
        #expect(compared > 20)
    }
}

/// The first page of a picture as the `vips` command makes it: flattened, converted, shrunk and turned, each by its own
/// operation.
private struct VipsReference {
    let path: String

    init?(_ name: String, factor: Int, in folder: String) throws {
        func file(_ step: String) -> String { "\(folder)/\(step).v" }
        // The loader's own reduction, which a JPEG takes.
        let isJPEG = name.hasSuffix(".jpg")
        let source = Corpus.path(name) + (isJPEG ? "[shrink=\(factor)]" : "")
        guard try VipsCommand.run(["copy", source, file("0")]) else { return nil }
        var step = 0
        func apply(_ operation: String, _ rest: [String] = []) throws -> Bool {
            let done = try VipsCommand.run([operation, file("\(step)"), file("\(step + 1)")] + rest)
            if done { step += 1 }
            return done
        }
        let header = try VipsHeader(file("0"))
        if header.hasAlpha {
            let paper = header.format == "ushort" ? "65535" : "255"
            guard try apply("flatten", ["--background", paper, "--max-alpha", paper]) else { return nil }
        }
        let hasProfile = header.hasProfile || header.interpretation == "cmyk"
        let input = header.interpretation == "cmyk" ? ["--input-profile", "cmyk"] : []
        if hasProfile, try apply("icc_transform", ["srgb", "--embedded"] + input) {
        } else {
            let isGrey = ["b-w", "grey16"].contains(header.interpretation)
            guard try apply("colourspace", [isGrey ? "b-w" : "srgb"]) else { return nil }
        }
        if header.format != "uchar", try !apply("cast", ["uchar"]) { return nil }
        if !isJPEG, factor > 1, try !apply("shrink", ["\(factor)", "\(factor)", "--ceil"]) { return nil }
        // The `vips` command does not read a PNG's eXIf.
        if name.hasSuffix("exif-orientation.png") { return nil }
        guard try apply("autorot") else { return nil }
        path = "\(folder)/\(name.replacingOccurrences(of: "/", with: "-")).\(factor).png"
        guard try VipsCommand.run(["copy", file("\(step)"), path + "[strip]"]) else { return nil }
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
