// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import NIOCore

/// How an answer's body reaches the client.
enum AnswerFraming {
    /// As its own fields say, or there is none.
    case asIs
    /// In chunks: those of the member, or ours around what it sends until it closes.
    case chunked
    /// Until the connection closes.
    case untilClose
}

/// The head of an answer as it goes to the client.
struct AnswerRewriting {
    let head: ResponseHead
    let source: ForwardedHeaders.Source
    var framing: AnswerFraming
    /// Of the client's own version, and whether its connection stays open.
    var minorVersion: UInt8
    var isKeptAlive: Bool
    /// A session for a client that has none yet.
    var newSession: String?

    func write(to buffer: inout ByteBuffer) {
        // Where a session is set, `public` becomes `private`, which is a byte longer.
        buffer.writeHead(most: head.length * 2 + 512) { writer in
            writer.append(minorVersion == 0 ? "HTTP/1.0 " : "HTTP/1.1 ")
            writer.append(source.bytes[slice: head.statusRange])
            writer.append("\r\n")
            let named = head.namesFields ? source.fieldsNamedByConnection : []
            writer.append(source.bytes, fields: source.fields, from: head.fieldsStart, to: head.length - 2) { field in
                isDropped(field, named)
            }
            switch framing {
            case .chunked: writer.append("Transfer-Encoding: chunked\r\n")
            case .asIs, .untilClose: break
            }
            if !isKeptAlive {
                writer.append("Connection: close\r\n")
            } else if minorVersion == 0 {
                writer.append("Connection: keep-alive\r\n")
            }
            if newSession != nil { writeSession(&writer) }
            writer.append("\r\n")
        }
    }

    private func isDropped(_ field: HeadField, _ named: [Range<Int>]) -> Bool {
        switch field.name {
        case .cacheControl: newSession != nil
        case .other:
            !named.isEmpty
                && named.contains {
                    source.bytes[slice: $0].isEqual(ignoringCase: source.bytes[slice: field.nameRange])
                }
        default: field.name.isHopByHop
        }
    }

    private func writeSession(_ writer: inout HeadWriter) {
        guard let newSession else { return }
        // A cache on the way must not give one reader's session to others.
        let directives = source.list(.cacheControl).map { $0 == "public" ? "private" : $0 }
        if !directives.isEmpty {
            writer.append("Cache-Control: ")
            writer.append(directives.joined(separator: ", "))
            writer.append("\r\n")
        }
        writer.append("Set-Cookie: ")
        writer.append(ForwardedHeaders.sessionCookie)
        writer.append("=")
        writer.append(newSession)
        writer.append("; Path=/; HttpOnly; SameSite=Lax\r\n")
    }
}
