// SPDX-License-Identifier: Apache-2.0

/// A message as one parser framed it.
package struct FramedMessage: Equatable, Sendable {
    /// Method and target, or the status.
    package var start: String
    package var minorVersion: Int
    package var fields: [String]
    package var body: [UInt8]

    package init(start: String, minorVersion: Int, fields: [String] = [], body: [UInt8] = []) {
        self.start = start
        self.minorVersion = minorVersion
        self.fields = fields
        self.body = body
    }
}

/// What a parser makes of a stream: whole messages, then perhaps a refusal.
package struct Reading: Equatable, Sendable {
    package var messages: [FramedMessage] = []
    package var isRefused = false
}
