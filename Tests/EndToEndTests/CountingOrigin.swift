// SPDX-License-Identifier: Apache-2.0

import Glibc
import HTTPService
import NIOCore
import NIOHTTP1
import Synchronization

/// An HTTP origin over a library's folder that counts what is asked of each document.
final class CountingOrigin: Sendable {
    struct Account: Sendable, CustomStringConvertible {
        /// Times that its version was asked for.
        var stats = 0
        var reads: [Range<Int>] = []
        var bytes: Int { reads.reduce(0) { $0 + $1.count } }
        /// Reads of its beginning: whoever opens a document begins with it.
        var opens: Int { reads.count { $0.lowerBound == 0 } }

        var description: String { "\(stats) stats, \(opens) opens, \(reads.count) reads of \(bytes) bytes: \(reads)" }
    }

    private let folder: String
    private let hasRanges: Bool
    private let accounts = Mutex<[String: Account]>([:])
    private let server = Mutex<HTTPServer?>(nil)

    /// - Parameter hasRanges: otherwise it always answers with the whole document.
    init(_ library: Library, hasRanges: Bool = true) async throws {
        folder = library.path
        self.hasRanges = hasRanges
        let server = try await HTTPServer.start(
            HTTPServer.Configuration(host: "127.0.0.1", port: 0),
            responder: HTTPHandler { [self] request in .later { self.answer(request) } })
        self.server.withLock { $0 = server }
    }

    var url: String { server.withLock { $0?.url ?? "" } + "/" }

    subscript(document: String) -> Account { accounts.withLock { $0[document] ?? Account() } }

    func stop() async { await server.withLock { $0 }?.shutDown() }

    private func answer(_ request: HTTPRequest) -> HTTPAnswer {
        let name = String(request.path.dropFirst())
        let file = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return HTTPAnswer(status: .notFound) }
        defer { close(file) }
        var status = stat()
        fstat(file, &status)
        let size = Int(status.st_size)
        let headers: HTTPHeaders = ["ETag": "\"\(status.st_mtim.tv_nsec)-\(size)\""]
        if request.method == .HEAD {
            accounts.withLock { $0[name, default: Account()].stats += 1 }
            return HTTPAnswer(headers: headers.adding("Content-Length", "\(size)"))
        }
        let range = hasRanges ? Self.range(request, size) : nil
        accounts.withLock { $0[name, default: Account()].reads.append(range ?? 0..<size) }
        let bytes = Self.bytes(range ?? 0..<size, file)
        guard let range else { return HTTPAnswer(headers: headers, body: .bytes(bytes)) }
        let content = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        return HTTPAnswer(
            status: .partialContent, headers: headers.adding("Content-Range", content), body: .bytes(bytes))
    }

    private static func range(_ request: HTTPRequest, _ size: Int) -> Range<Int>? {
        guard let text = request.headers.first(name: "Range"), text.hasPrefix("bytes=") else { return nil }
        let ends = text.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        return ends.count == 2 && ends[0] < size ? ends[0]..<min(size, ends[1] + 1) : nil
    }

    private static func bytes(_ range: Range<Int>, _ file: CInt) -> ByteBuffer {
        ByteBuffer(
            bytes: [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
                done = max(0, pread(file, buffer.baseAddress!, range.count, off_t(range.lowerBound)))
            })
    }
}

extension HTTPHeaders {
    fileprivate func adding(_ name: String, _ value: String) -> HTTPHeaders {
        var headers = self
        headers.add(name: name, value: value)
        return headers
    }
}
