// SPDX-License-Identifier: Apache-2.0

import HTTPFraming
import NIOCore

/// The head of a request as it goes to a member: what came in, without what concerns the client's connection only or may
/// be said only by us, and with what we have to say.
struct RequestRewriting {
    /// The member that the document's other pages will be asked of. Portals warm it.
    static let ownerHeader: StaticString = "Recto-Owner: "

    let head: RequestHead
    let source: ForwardedHeaders.Source
    /// Percent-encoded, where that differs from what came in.
    var target: String?
    /// The address of who is connected to us.
    var peer: String
    /// That is a proxy whose word on the client's address is taken.
    var isTrusted: Bool
    var requestID: RequestIdentity
    var owner: String?
    /// For a client of HTTP/1.0 that names no host: members are asked by HTTP/1.1, which needs one.
    var host: String?

    /// Appends the head to the buffer.
    func write(to buffer: inout ByteBuffer) {
        let chain = isTrusted ? source.list(.xForwardedFor).joined(separator: ", ") : ""
        let origin = isTrusted ? ForwardedHeaders.origin(source) : ForwardedHeaders.Origin()
        let most =
            head.length + (target?.utf8.count ?? 0) + chain.utf8.count + peer.utf8.count + (owner?.utf8.count ?? 0)
            + (origin.host?.utf8.count ?? 0) + (host?.utf8.count ?? 0) + 512
        buffer.writeHead(most: most) { writer in
            writeLine(&writer)
            let named = namedFields
            writer.append(source.bytes, fields: source.fields, from: head.fieldsStart, to: head.length - 2) { field in
                isDropped(field, origin) || (head.namesFields && field.name == .other && isNamed(field, named))
            }
            if let host {
                line("Host: ", host, &writer)
                writer.append("\r\n")
            }
            writer.append("X-Forwarded-For: ")
            if !chain.isEmpty {
                writer.append(chain)
                writer.append(", ")
            }
            writer.append(peer)
            if let host = origin.host { line("\r\nX-Forwarded-Host: ", host, &writer) }
            if let proto = origin.proto { line("\r\nX-Forwarded-Proto: ", proto, &writer) }
            writer.append("\r\nX-Request-Id: ")
            requestID.write(to: &writer)
            writer.append("\r\n")
            if let owner {
                writer.append(Self.ownerHeader)
                writer.append(owner)
                writer.append("\r\n")
            }
            writeFraming(&writer)
            writer.append("\r\n")
        }
    }

    private func line(_ name: StaticString, _ value: String, _ writer: inout HeadWriter) {
        writer.append(name)
        writer.append(value)
    }

    private func writeLine(_ writer: inout HeadWriter) {
        if target == nil, head.minorVersion == 1 {
            return writer.append(source.bytes[slice: head.lineStart..<head.fieldsStart])
        }
        writer.append(source.bytes[slice: head.methodRange])
        writer.append(" ")
        if let target { writer.append(target) } else { writer.append(source.bytes[slice: head.target]) }
        writer.append(" HTTP/1.1\r\n")
    }

    private func writeFraming(_ writer: inout HeadWriter) {
        switch head.framing {
        case .length(let length):
            writer.append("Content-Length: ")
            writer.append(decimal: length)
            writer.append("\r\n")
        case .chunked: writer.append("Transfer-Encoding: chunked\r\n")
        case .none, .untilClose:
            // RFC 9110, section 8.6: where a body would have a meaning, its absence is said.
            switch head.method {
            case .post, .put, .patch: writer.append("Content-Length: 0\r\n")
            default: break
            }
        }
    }

    private func isDropped(_ field: HeadField, _ origin: ForwardedHeaders.Origin) -> Bool {
        switch field.name {
        case .other, .host, .cookie, .cacheControl: false
        // Only the router may say who the owner is.
        case .contentLength, .rectoOwner, .xForwardedFor, .xRequestID: true
        case .forwarded: !isTrusted
        case .xForwardedHost: !isTrusted || origin.host != nil
        case .xForwardedProto: !isTrusted || origin.proto != nil
        default: field.name.isHopByHop
        }
    }

    private var namedFields: [Range<Int>] { head.namesFields ? source.fieldsNamedByConnection : [] }

    private func isNamed(_ field: HeadField, _ names: [Range<Int>]) -> Bool {
        let name = source.bytes[slice: field.nameRange]
        return names.contains { source.bytes[slice: $0].isEqual(ignoringCase: name) }
    }
}

extension ForwardedHeaders.Source {
    /// Where the names stand that `Connection` lists.
    var fieldsNamedByConnection: [Range<Int>] {
        var names: [Range<Int>] = []
        guard let base = bytes.baseAddress else { return names }
        for field in fields where field.name == .connection {
            bytes[slice: field.value].forEachListItem { item in
                guard let start = item.baseAddress else { return }
                names.append(start - base..<start - base + item.count)
            }
        }
        return names
    }
}
