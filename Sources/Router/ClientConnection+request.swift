// SPDX-License-Identifier: Apache-2.0

import Affinity
import HTTPFraming
import HTTPService
import Metrics
import NIOCore
import NIOHTTP1
import Synchronization
import TileModel

/// From a head to an exchange, or to an answer of the router's own.
extension ClientConnection {
    func begin(_ head: RequestHead, _ source: ForwardedHeaders.Source) {
        phase = .answering
        began = .now()
        lastActivity = began
        // Who offers another protocol may go on in it, whatever we answer.
        keepAlive = head.isKeptAlive && !head.offersUpgrade && !loop.shared.isStopping.load(ordering: .relaxed)
        minorVersion = head.minorVersion
        isHead = head.method == .head
        newSession = nil
        routeClass = nil
        requestID = RequestIdentity(source, otherwise: loop.numbers.next())
        switch head.framing {
        case .none, .untilClose: incoming = .none
        case .length(let length): incoming = length == 0 ? .none : .length(length)
        case .chunked: incoming = .chunked(ChunkedDecoder(), data: 0)
        }
        if let problem = objection(head, source) {
            keepAlive = false
            return send(problem)
        }
        if case .length(let length) = head.framing, length > loop.configuration.bodyLimit { return bodyIsTooLarge() }
        route(head, source)
        let isWaited = head.expectsContinue && phase == .answering && input.readableBytes == 0
        if isWaited, case .none = incoming { return }
        // We answer it ourselves: what could speak against the body, its length and its place, has been looked at, and the
        // member is asked while the client already sends.
        if isWaited { write(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")) }
        if isWaited { flush() }
    }

    /// What is wrong with a request that is well-formed.
    private func objection(_ head: RequestHead, _ source: ForwardedHeaders.Source) -> Problem? {
        // It comes back in the addresses of info.json, so it must be a host.
        if let host = head.host {
            let isHost = !host.isEmpty && source.bytes[slice: host].allSatisfy(ForwardedHeaders.isHostCharacter)
            guard isHost else {
                return Problem("malformed-request", .badRequest, "The request needs one valid Host header.")
            }
        }
        if head.method == .connect { return Problem.methodNotAllowed("GET or HEAD") }
        if head.expectsOther {
            return Problem("expectation-unknown", .expectationFailed, "Only 100-continue can be expected.")
        }
        guard isTarget(source.bytes[slice: head.target], of: head.method) else {
            return Problem("malformed-request", .badRequest, "The target is neither a path nor an address.")
        }
        return nil
    }

    /// RFC 9112, section 3.2: origin form, absolute form, or the asterisk of OPTIONS.
    private func isTarget(_ target: UnsafeRawBufferPointer, of method: RequestHead.Method) -> Bool {
        if target[0] == UInt8(ascii: "/") { return true }
        if method == .options, target.count == 1, target[0] == UInt8(ascii: "*") { return true }
        return (target.count > 7 && target[slice: 0..<7].isEqual(lowercase: "http://"))
            || (target.count > 8 && target[slice: 0..<8].isEqual(lowercase: "https://"))
    }

    private func route(_ head: RequestHead, _ source: ForwardedHeaders.Source) {
        let raw = source.bytes[slice: head.target]
        let isClean = TargetEscaping.isClean(raw)
        let target = isClean ? String(decoding: raw, as: UTF8.self) : TargetEscaping.escaped(raw)
        let path = RequestTarget(target).path
        do {
            let route = try Route(head.method, path: path)
            if route.document == nil, let answer = localAnswer(head, source, target) { return send(answer) }
            routeClass = route.class
            forward(head, source, route, target, isClean: isClean)
        } catch {
            if !isBodyless { keepAlive = false }
            send(
                Problem(
                    "malformed-document-id", .badRequest, "The document's name is malformed.",
                    detail: error.explanation))
        }
    }

    private var isBodyless: Bool { if case .none = incoming { true } else { false } }

    /// The one place where members are chosen.
    private func forward(
        _ head: RequestHead, _ source: ForwardedHeaders.Source, _ route: Route, _ target: String, isClean: Bool
    ) {
        let core = loop.shared.core
        var session = ForwardedHeaders.session(source)
        if session == nil, core.wantsSession {
            newSession = RequestID.random()
            session = newSession
        }
        let asker = RouterCore.Asker(
            session: session, token: core.sessionToken?.key(target, source, form: input) ?? .none,
            client: ForwardedHeaders.client(source, peer: peer, trusted: loop.configuration.trustedProxies))
        core.choose(route, asker, into: &loop.choice)
        if route.document != nil { (loop.choice.isOwner ? core.metrics.owned : core.metrics.spilled).increment() }
        loop.shared.order(&loop.choice.targets, began)
        let rewriting = RequestRewriting(
            head: head, source: source, target: isClean ? nil : target, peer: peer, isTrusted: isTrusted,
            requestID: requestID, owner: loop.choice.ownerID, host: head.host == nil ? ownHost : nil)
        exchange.start(head, cost: route.cost, targets: loop.choice.targets, at: began) { rewriting.write(to: &$0) }
    }

    /// The address that the client found us at.
    private var ownHost: String {
        guard let address = context?.channel.localAddress, let name = address.ipAddress else { return "localhost" }
        return "\(name.contains(":") ? "[\(name)]" : name):\(address.port ?? 80)"
    }

    /// Liveness and metrics: few and short paths, so others do not pay for the headers of this interface.
    private func localAnswer(
        _ head: RequestHead, _ source: ForwardedHeaders.Source, _ target: String
    ) -> HTTPAnswer? {
        guard head.target.count <= Self.longestLocalTarget else { return nil }
        let headers = HTTPHeaders(
            source.fields.map { field in
                (String(decoding: source.bytes[slice: field.nameRange], as: UTF8.self), source.text(field))
            })
        let request = HTTPRequest(
            method: HTTPMethod(rawValue: String(decoding: source.bytes[slice: head.methodRange], as: UTF8.self)),
            target: target, headers: headers, peer: peer, id: requestID.text)
        guard case .now(let answer) = loop.shared.local.respond(to: request), answer.status != .notFound else {
            return nil
        }
        if !isBodyless { keepAlive = false }
        return answer
    }

    private static let longestLocalTarget = 32
}
