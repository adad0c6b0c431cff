// SPDX-License-Identifier: Apache-2.0

import NIOCore
package import NIOHTTP1

/// An error for the client: an RFC 9457 problem document.
package struct Problem: Error, Sendable {
    /// Stable: clients may decide by it. The document's `type` is `urn:recto:problem:` followed by this.
    package var kind: String
    package var status: HTTPResponseStatus
    package var title: String
    package var detail: String?
    /// Seconds after which trying again may help.
    package var retryAfter: Int?
    package var members: [(String, JSON)] = []

    package init(
        _ kind: String, _ status: HTTPResponseStatus, _ title: String, detail: String? = nil, retryAfter: Int? = nil,
        members: [(String, JSON)] = []
    ) {
        self.kind = kind
        self.status = status
        self.title = title
        self.detail = detail
        self.retryAfter = retryAfter
        self.members = members
    }

    package static let typePrefix = "urn:recto:problem:"

    package var json: JSON {
        .compact(
            [
                ("type", .string(Self.typePrefix + kind)),
                ("title", .string(title)),
                ("status", .int(Int(status.code))),
                ("detail", .optional(detail)),
            ] + members)
    }

    package var answer: HTTPAnswer {
        var headers: HTTPHeaders = [
            "Content-Type": "application/problem+json", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*",
        ]
        if let retryAfter { headers.add(name: "Retry-After", value: String(retryAfter)) }
        return HTTPAnswer(status: status, headers: headers, body: .bytes(ByteBuffer(bytes: json.utf8)))
    }

    // MARK: Those that every server knows

    package static let notFound = Problem("not-found", .notFound, "There is nothing at this address.")
    package static let tooLarge = Problem(
        "request-too-large", .payloadTooLarge, "The request is larger than this server takes.")

    package static let headTooLarge = Problem(
        "head-too-large", .requestHeaderFieldsTooLarge, "The request's head is larger than this server takes.")
    package static let requestTimeout = Problem(
        "request-timeout", .requestTimeout, "The request did not come to its end in time.")
    package static let tooManyConnections = Problem(
        "overloaded", .serviceUnavailable, "There are more connections than can be served.", retryAfter: 1)

    /// A message that is not HTTP, or whose length could be understood in two ways.
    package static func malformedRequest(_ detail: String?) -> Problem {
        Problem("malformed-request", .badRequest, "The request is malformed.", detail: detail)
    }

    package static func methodNotAllowed(_ allowed: String) -> Problem {
        Problem("method-not-allowed", .methodNotAllowed, "Use \(allowed) here.")
    }
}
