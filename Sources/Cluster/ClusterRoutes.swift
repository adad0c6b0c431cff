// SPDX-License-Identifier: Apache-2.0

package import Access
package import HTTPService
import NIOCore
import NIOHTTP1
import TileModel

/// The cluster port. Whoever does not present the secret learns nothing, not even which paths there are.
package struct ClusterRoutes: HTTPResponder {
    private let member: any ClusterMember
    private let secret: ClusterSecret

    package init(member: any ClusterMember, secret: ClusterSecret) {
        self.member = member
        self.secret = secret
    }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        guard secret.matches(request.headers.first(name: ClusterSecret.header)) else {
            return .now(Problem("unauthenticated", .unauthorized, "The cluster secret is needed here.").answer)
        }
        do {
            return try reply(to: request)
        } catch {
            return .now(Problem("malformed-message", .badRequest, "The message cannot be read.").answer)
        }
    }

    private func reply(to request: HTTPRequest) throws -> HTTPReply {
        let segments = request.segments
        guard segments.first == "cluster", segments.count >= 2 else { return .now(Problem.notFound.answer) }
        switch (request.method, segments[1], segments.count) {
        case (.POST, "warm", 2): return try warm(request)
        case (.POST, "purge", 2): return try purge(request)
        case (.POST, "caches", 2): return try caches(request)
        case (.GET, "blocks", 3): return blocks(try BlockQuery(segments[2], request), request)
        case (.GET, "objects", 3): return object(try DocumentID(pathSegment: segments[2].utf8))
        default: return .now(try answer(request, segments))
        }
    }

    private func purge(_ request: HTTPRequest) throws -> HTTPReply {
        let message: PurgeMessage = try message(request)
        let selection = try message.selection()
        // A task of its own: what is begun is finished.
        let purging = Task { await member.purge(selection, event: message.event) }
        return .later {
            await purging.value
            return empty
        }
    }

    private func caches(_ request: HTTPRequest) throws -> HTTPReply {
        let question: CacheQuestion = try message(request)
        let selection = try question.selection()
        let limit = min(max(question.limit, CacheQuestion.limits.lowerBound), CacheQuestion.limits.upperBound)
        return .later { json(await member.caches(selection, limit: limit)) }
    }

    private func warm(_ request: HTTPRequest) throws -> HTTPReply {
        let message: WarmMessage = try message(request)
        let document = try DocumentReference(pathSegment: message.document.utf8)
        // A task of its own: it goes on where whoever waits for it has no more time.
        let warming = Task { await member.warm(document, message) }
        guard message.wait == true else { return .now(empty) }
        return .later {
            await warming.value
            return empty
        }
    }

    private func blocks(_ query: BlockQuery, _ request: HTTPRequest) -> HTTPReply {
        let asker = request.headers.first(name: ClusterClient.askerHeader)
        return .later {
            guard let write = await member.blocks(query, for: asker) else { return Problem.notFound.answer }
            return HTTPAnswer(headers: ["Content-Type": "application/octet-stream"], body: .stream(write))
        }
    }

    private func object(_ document: DocumentID) -> HTTPReply {
        .later { await member.object(document).map(json) ?? Problem.notFound.answer }
    }

    private func answer(_ request: HTTPRequest, _ segments: [Substring]) throws -> HTTPAnswer {
        let asker = request.headers.first(name: ClusterClient.askerHeader)
        switch (request.method, segments[1], segments.count) {
        case (.GET, "state", 2):
            let state = member.state
            if let asker {
                let view = request.headers.first(name: ClusterClient.viewHeader)
                member.asked(by: asker, saw: state.status, view: view)
            }
            return json(state)
        case (.GET, "holdings", 3):
            return json(member.holding(of: try DocumentID(pathSegment: segments[2].utf8)))
        case (.POST, "heartbeat", 2): return json(member.heard(try message(request)))
        case (.GET, "members", 2): return json(HeartbeatAnswer(members: member.members))
        case (.POST, "handed-over", 2):
            let message: HandedOverMessage = try message(request)
            if let asker { member.handedOver(by: asker, standing: message.standing) }
            return json(member.state)
        case (.POST, "drain", 2):
            member.drain()
            return empty
        default: return Problem.notFound.answer
        }
    }

    private func message<Message: Decodable>(_ request: HTTPRequest) throws -> Message {
        try ClusterCoding.decode(Message.self, from: request.body.readableBytesView)
    }

    private var empty: HTTPAnswer { json([String: String]()) }

    private func json(_ value: some Encodable) -> HTTPAnswer {
        HTTPAnswer(
            headers: ["Content-Type": "application/json"],
            body: .bytes(ByteBuffer(bytes: ClusterCoding.encode(value))))
    }
}
