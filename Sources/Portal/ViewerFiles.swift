// SPDX-License-Identifier: Apache-2.0

import Crypto
import Glibc
package import HTTPService
import NIOCore
import NIOHTTP1

/// The viewer's files, read once from the resource folder beside the program.
package struct ViewerFiles: Sendable {
    private struct File: Sendable {
        let bytes: ByteBuffer
        let entityTag: String
        let mediaType: String
    }

    package struct Missing: Error, CustomStringConvertible {
        package let description: String
    }

    private static let mediaTypes = [
        "css": "text/css; charset=utf-8", "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]

    /// No page of ours needs anything from elsewhere, and none may be framed by others without their knowing.
    private static let contentSecurityPolicy =
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"

    private let files: [String: File]

    /// - Parameter programFolder: where the program lies, and the package manager's resource folder with it.
    /// - Throws: `Missing` where the files are not there.
    package init(programFolder: String) throws {
        let folder = "\(programFolder)/recto_Portal.resources/Viewer"
        guard let directory = opendir(folder) else {
            throw Missing(description: "the viewer's files are missing: there is no folder \(folder)")
        }
        defer { closedir(directory) }
        var files: [String: File] = [:]
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let dot = name.lastIndex(of: "."),
                let type = Self.mediaTypes[String(name[name.index(after: dot)...])],
                let bytes = Self.read("\(folder)/\(name)")
            else { continue }
            let digest = SHA256.hash(data: bytes).prefix(8).map { String($0, radix: 16) }.joined()
            files[name] = File(bytes: ByteBuffer(bytes: bytes), entityTag: "\"\(digest)\"", mediaType: type)
        }
        self.files = files
        guard files["index.html"] != nil, files["view.html"] != nil else {
            throw Missing(description: "the viewer's files are missing in \(folder)")
        }
    }

    package func page(_ name: Substring, _ request: HTTPRequest) -> HTTPAnswer { file(name, request) }

    package func file(_ name: Substring, _ request: HTTPRequest) -> HTTPAnswer {
        guard let file = files[String(name)] else { return Problem.notFound.answer }
        let headers: HTTPHeaders = [
            "Content-Type": file.mediaType,
            "ETag": file.entityTag,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": Self.contentSecurityPolicy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        ]
        guard !request.hasCurrent(entityTag: file.entityTag) else {
            return HTTPAnswer(status: .notModified, headers: headers)
        }
        return HTTPAnswer(headers: headers, body: .bytes(file.bytes))
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return ferror(file) == 0 ? bytes : nil
    }
}
