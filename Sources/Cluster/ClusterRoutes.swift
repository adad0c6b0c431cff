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
            return .now(try answer(request))
        } catch {
            return .now(Problem("malformed-message", .badRequest, "The message cannot be read.").answer)
        }
    }

    private func answer(_ request: HTTPRequest) throws -> HTTPAnswer {
        let segments = request.segments
        guard segments.first == "cluster", segments.count >= 2 else { return Problem.notFound.answer }
        switch (request.method, segments[1], segments.count) {
        case (.GET, "state", 2):
            let state = member.state
            if let asker = request.headers.first(name: ClusterClient.askerHeader) {
                member.asked(by: asker, saw: state.status)
            }
            return json(state)
        case (.GET, "holdings", 3):
            return json(member.holding(of: try DocumentID(pathSegment: segments[2].utf8)))
        case (.POST, "heartbeat", 2): return json(member.heard(try message(request)))
        case (.POST, "warm", 2):
            let message: WarmMessage = try message(request)
            member.warm(try DocumentReference(pathSegment: message.document.utf8))
            return json([String: String]())
        case (.POST, "purge", 2):
            let message: PurgeMessage = try message(request)
            member.purge(try DocumentID(pathSegment: message.document.utf8))
            return json([String: String]())
        case (.POST, "drain", 2):
            member.drain()
            return json([String: String]())
        default: return Problem.notFound.answer
        }
    }

    private func message<Message: Decodable>(_ request: HTTPRequest) throws -> Message {
        try ClusterCoding.decode(Message.self, from: request.body.readableBytesView)
    }

    private func json(_ value: some Encodable) -> HTTPAnswer {
        HTTPAnswer(
            headers: ["Content-Type": "application/json"],
            body: .bytes(ByteBuffer(bytes: ClusterCoding.encode(value))))
    }
}
