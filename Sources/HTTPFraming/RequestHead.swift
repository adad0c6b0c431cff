// SPDX-License-Identifier: Apache-2.0

/// What is known of a request once its head has been scanned. Ranges are offsets into the scanned bytes.
package struct RequestHead: Sendable {
    package enum Method: UInt8, Sendable {
        case get
        case head
        case post
        case put
        case delete
        case options
        case patch
        case connect
        case other
    }

    package var method: Method
    package var methodRange: Range<Int>
    package var target: Range<Int>
    /// 0 or 1 of `HTTP/1.`.
    package var minorVersion: UInt8
    /// Where the first line and the first field begin; empty lines before a request count as nothing.
    package var lineStart: Int
    package var fieldsStart: Int
    /// With the empty line: the body begins here.
    package var length: Int
    package var framing: BodyFraming
    package var isKeptAlive: Bool
    /// The client waits for `100 Continue` before it sends the body.
    package var expectsContinue: Bool
    /// It expects something that we do not know.
    package var expectsOther: Bool
    /// `Connection` names fields beside those that are dropped anyway.
    package var namesFields: Bool
    package var host: Range<Int>?
    /// There is an `Upgrade`.
    package var offersUpgrade: Bool
}
