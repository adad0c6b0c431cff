// SPDX-License-Identifier: Apache-2.0

/// What is known of an answer once its head has been scanned. Ranges are offsets into the scanned bytes.
package struct ResponseHead: Sendable {
    package var status: Int
    /// From the status code to the end of the line, without the CRLF.
    package var statusRange: Range<Int>
    package var fieldsStart: Int
    /// With the empty line.
    package var length: Int
    /// As its fields say. Whether there is a body at all depends on the request too.
    package var framing: BodyFraming
    package var isKeptAlive: Bool
    package var namesFields: Bool
    /// What `Content-Length` says, also where there is no body.
    package var contentLength: Int?

    /// Whether an answer of this status never has a body (RFC 9110, section 6.4.1).
    package var isBodiless: Bool { status < 200 || status == 204 || status == 304 }
}
