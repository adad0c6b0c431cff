// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One connection to the benchmark's archive.
final class OriginHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let holder: CountingOrigin.Holder
    private let latency: TimeAmount
    private let bandwidth: Int?
    private var head: HTTPRequestHead?

    init(holder: CountingOrigin.Holder, latency: TimeAmount, bandwidth: Int?) {
        self.holder = holder
        self.latency = latency
        self.bandwidth = bandwidth
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head, let origin = holder.origin.withLock({ $0 }) else { return context.close(promise: nil) }
            answer(head, origin, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ origin: CountingOrigin, _ context: ChannelHandlerContext) {
        let path = head.uri.prefix { $0 != "?" }.dropFirst()
        guard path != "index.json" else {
            return write(.ok, ["Content-Type": "application/json"], origin.index, head, context)
        }
        let name = path.removingPercentEncoding ?? ""
        guard let document = origin.document(name) else { return write(.notFound, [:], [], head, context) }
        if let wanted = head.headers.first(name: "If-Match"), wanted != document.tag {
            return write(.preconditionFailed, [:], [], head, context)
        }
        var headers: HTTPHeaders = [
            "ETag": document.tag, "Last-Modified": document.modified, "Accept-Ranges": "bytes",
        ]
        guard head.method == .GET else {
            origin.count(name) { $0.stats += 1 }
            headers.add(name: "Content-Length", value: "\(document.size)")
            return write(.ok, headers, nil, head, context)
        }
        let range = range(head, document.size)
        guard let range else { return write(.rangeNotSatisfiable, headers, [], head, context) }
        origin.count(name) { account in
            account.reads += 1
            account.bytes += range.count
            if range.lowerBound == 0 { account.opens += 1 }
        }
        let isWhole = head.headers.first(name: "Range") == nil
        if !isWhole {
            headers.add(
                name: "Content-Range",
                value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(document.size)")
        }
        write(isWhole ? .ok : .partialContent, headers, Self.read(document.file, range), head, context)
    }

    /// Nil where it cannot be satisfied.
    private func range(_ head: HTTPRequestHead, _ size: Int) -> Range<Int>? {
        guard let text = head.headers.first(name: "Range") else { return 0..<size }
        let bounds = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, let first = Int(bounds[0]), first < size else { return nil }
        return first..<min(size, (Int(bounds[1]) ?? size - 1) + 1)
    }

    private static func read(_ file: String, _ range: Range<Int>) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: file) else { return [] }
        defer { try? handle.close() }
        try? handle.seek(toOffset: UInt64(range.lowerBound))
        return Array((try? handle.read(upToCount: range.count)) ?? Data())
    }

    /// - Parameter body: nil where the head says how long it would be.
    private func write(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: [UInt8]?, _ request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        var response = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        if let body { response.headers.add(name: "Content-Length", value: "\(body.count)") }
        let transfer = bandwidth.map { TimeAmount.nanoseconds(Int64((body?.count ?? 0) * 1_000_000_000 / $0)) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: latency + (transfer ?? .zero)) {
            let context = bound.value
            context.write(self.wrapOutboundOut(.head(response)), promise: nil)
            if let body, !body.isEmpty, request.method != .HEAD {
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
            }
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
