// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import NIOHTTP1

/// Reads a stream with NIOHTTP1.
package enum NIOReading {
    package static func requests(_ bytes: [UInt8]) -> Reading {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)))
        defer { _ = try? channel.finish() }
        var reading = Reading()
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { reading.isRefused = true }
        var message: FramedMessage?
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            switch part {
            case .head(let head):
                message = FramedMessage(
                    start: "\(head.method.rawValue) \(head.uri)", minorVersion: head.version.minor,
                    fields: fields(head.headers))
            case .body(let bytes): message?.body += bytes.readableBytesView
            case .end:
                if let message { reading.messages.append(message) }
                message = nil
            }
        }
        return reading
    }

    package static func responses(_ bytes: [UInt8]) -> Reading {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish() }
        var reading = Reading()
        do {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            for _ in 0..<4 {
                try channel.writeOutbound(
                    HTTPClientRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")))
                try channel.writeOutbound(HTTPClientRequestPart.end(nil))
            }
            try channel.writeInbound(ByteBuffer(bytes: bytes))
        } catch { reading.isRefused = true }
        var message: FramedMessage?
        while let part = try? channel.readInbound(as: HTTPClientResponsePart.self) {
            switch part {
            case .head(let head):
                if let interim = message { reading.messages.append(interim) }
                message = FramedMessage(
                    start: "\(head.status.code)", minorVersion: head.version.minor, fields: fields(head.headers))
            case .body(let bytes): message?.body += bytes.readableBytesView
            case .end:
                if let message { reading.messages.append(message) }
                message = nil
            }
        }
        return reading
    }

    /// NIO leaves white space at the end of a value.
    private static func fields(_ headers: HTTPHeaders) -> [String] {
        headers.map { name, value in
            let end = value.utf8.lastIndex { $0 != 0x20 && $0 != 0x09 }
            return "\(name):\(end.map { value[...$0] } ?? "")"
        }
    }
}
