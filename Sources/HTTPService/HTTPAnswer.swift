// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOHTTP1

/// What goes back to the client.
package struct HTTPAnswer: Sendable {
    package enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Produced while it is sent; in chunks, unless the headers have a `Content-Length`. Throwing breaks the connection, so that the client sees that something is missing.
        case stream(@Sendable (BodyWriter) async throws -> Void)
    }

    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    package var body: Body
    /// Status line and header fields as bytes, made by `AnswerHead.prepare`: they go out in place of `status` and `headers`.
    package var preparedHead: ByteBuffer?
    /// What the request was for, as far as its responder knows.
    package var requestClass = RequestClass.other

    package init(status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ value: JSON, status: HTTPResponseStatus = .ok) -> HTTPAnswer {
        HTTPAnswer(
            status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes(ByteBuffer(bytes: value.utf8)))
    }

    package static func text(_ text: String, status: HTTPResponseStatus = .ok) -> HTTPAnswer {
        HTTPAnswer(
            status: status, headers: ["Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"],
            body: .bytes(ByteBuffer(string: text)))
    }
}

extension HTTPAnswer {
    /// An answer whose head was made before.
    package init(preparedHead: ByteBuffer, body: ByteBuffer, _ requestClass: RequestClass) {
        self.init(body: .bytes(body))
        self.preparedHead = preparedHead
        self.requestClass = requestClass
    }
}

/// How a responder answers: at once, on the connection's event loop, or later from a task.
package enum HTTPReply: Sendable {
    /// Nothing to wait for: a cache hit costs no task and no thread change.
    case now(HTTPAnswer)
    /// The task is cancelled when the client goes away.
    case later(@Sendable () async -> HTTPAnswer)
}

extension HTTPReply {
    /// The same reply, counted as one of that class.
    package func counted(as requestClass: RequestClass) -> HTTPReply {
        switch self {
        case .now(var answer):
            answer.requestClass = requestClass
            return .now(answer)
        case .later(let produce):
            return .later {
                var answer = await produce()
                answer.requestClass = requestClass
                return answer
            }
        }
    }
}

/// Answers requests. Called on event loops, so it must not block.
package protocol HTTPResponder: Sendable {
    func respond(to request: HTTPRequest) -> HTTPReply

    /// Whether the request is answered while its body still comes in, as a stream. Otherwise the body is gathered before.
    func takesStream(_ method: HTTPMethod, target: String) -> Bool
}

extension HTTPResponder {
    package func takesStream(_ method: HTTPMethod, target: String) -> Bool { false }
}

/// A responder made of a closure.
package struct HTTPHandler: HTTPResponder {
    private let body: @Sendable (HTTPRequest) -> HTTPReply

    package init(_ body: @escaping @Sendable (HTTPRequest) -> HTTPReply) { self.body = body }

    package func respond(to request: HTTPRequest) -> HTTPReply { body(request) }
}
