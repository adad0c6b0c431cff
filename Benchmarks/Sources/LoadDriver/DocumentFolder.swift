// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The documents below a folder and their shapes, which `recto inspect` tells. Shapes are kept between runs.
package struct DocumentFolder {
    package let path: String
    private let program: String
    private let cache: String

    /// - Parameters:
    ///   - program: the `recto` that inspects.
    ///   - cache: a folder for what was found out.
    package init(path: String, program: String, cache: String) {
        self.path = path
        self.program = program
        self.cache = cache
    }

    /// Those that can be shown, by name. The others are left out: `skipped` is told their names.
    package func shapes(skipped: (String) -> Void) throws -> [DocumentShape] {
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let names = (FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []).sorted()
        return try names.compactMap { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + name)
            guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int,
                let date = attributes[.modificationDate] as? Date
            else { return nil }
            guard let shape = try shape(root, name, size, date) else {
                skipped(name)
                return nil
            }
            return shape
        }
    }

    private func shape(_ root: String, _ name: String, _ size: Int, _ date: Date) throws -> DocumentShape? {
        let segment = Self.segment(name)
        let kept =
            cache
            + "/\(segment.replacingOccurrences(of: "%", with: "_"))-\(size)-\(Int(date.timeIntervalSince1970)).json"
        let text: Data
        if let known = FileManager.default.contents(atPath: kept) {
            text = known
        } else {
            text = try inspect(root + "/" + name)
            try text.write(to: URL(fileURLWithPath: kept), options: .atomic)
        }
        return DocumentShape(path: segment, bytes: size, inspection: Array(text))
    }

    /// Empty where the document cannot be shown.
    private func inspect(_ file: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["inspect", file]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : Data()
    }

    /// A name as one path segment: everything but the unreserved characters (RFC 3986) escaped.
    static func segment(_ name: String) -> String {
        name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
