// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver

/// Pictures as iipsrv wants them: TIFF with a pyramid of resolutions in tiles of 512 pixels, JPEG of quality 90 inside. The
/// same files are read by ours, which uses the largest resolution and ignores the others.
package struct Pyramids {
    private let folder: String
    private static let extensions: Set<String> = ["tif", "tiff", "jpg", "jpeg", "png"]
    /// What a picture must be: smaller ones have one tile.
    private static let leastWidth = 700

    /// - Parameter folder: for the files; what is there already is not made again.
    package init(folder: String) { self.folder = folder }

    /// - Parameter sources: folders in which to look for pictures of 8 bits, grey or RGB.
    package func make(from sources: [String]) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for file in sources.flatMap(pictures) { try make(from: file) }
    }

    /// Their shapes. What is asked for is JPEG: iipsrv 1.1 has nothing else.
    package func shapes(program: String, cache: String) throws -> [DocumentShape] {
        try DocumentFolder(path: folder, program: program, cache: cache).shapes { _ in }.map { shape in
            var shape = shape
            for place in shape.pages.indices { shape.pages[place].tiles = "jpg" }
            return shape
        }
    }

    private func pictures(_ source: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: source)?.compactMap { $0 as? String } ?? []
        return names.filter { Self.extensions.contains(($0 as NSString).pathExtension.lowercased()) }.sorted()
            .map { source + "/" + $0 }
    }

    private func make(from file: String) throws {
        let target = folder + "/" + ((file as NSString).lastPathComponent as NSString).deletingPathExtension + ".tif"
        guard !FileManager.default.fileExists(atPath: target), try isSuitable(file) else { return }
        // Beside the folder: what an interruption leaves is no picture of it.
        let unfinished = folder + "-unfinished.tif"
        let options = "[tile,pyramid,tile-width=512,tile-height=512,compression=jpeg,Q=90]"
        // Upright: iipsrv 1.1 knows no orientation, and dies where a region lies outside of what is stored.
        guard try run("vips", ["autorot", file, unfinished + options]) != nil else { return }
        try FileManager.default.moveItem(atPath: unfinished, toPath: target)
    }

    private func isSuitable(_ file: String) throws -> Bool {
        let fields = try ["format", "bands", "width"].compactMap { try run("vipsheader", ["-f", $0, file]) }
        guard fields.count == 3, let width = Int(fields[2]) else { return false }
        return fields[0].contains("UCHAR") && ["1", "3"].contains(fields[1]) && width >= Self.leastWidth
    }

    /// The last line of what it prints; nil where it fails.
    private func run(_ program: String, _ arguments: [String]) throws -> String? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try ServerProcess.found(program))
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
    }
}
