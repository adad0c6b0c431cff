// SPDX-License-Identifier: Apache-2.0

package import HTTPService
import NIOHTTP1
import Synchronization

/// Answers 503 until the responder that it stands for has been made: a port must be bound before its number can be told.
package final class LateResponder: HTTPResponder {
    private let actual = Mutex<(any HTTPResponder)?>(nil)

    package init() {}

    package func set(_ responder: any HTTPResponder) { actual.withLock { $0 = responder } }

    package func respond(to request: HTTPRequest) -> HTTPReply {
        guard let responder = actual.withLock({ $0 }) else {
            return .now(Problem("joining", .serviceUnavailable, "This member is still starting.", retryAfter: 1).answer)
        }
        return responder.respond(to: request)
    }
}
