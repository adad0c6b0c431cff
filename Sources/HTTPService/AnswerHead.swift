// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOHTTP1

/// The head of an answer as bytes: status line and header fields, without the empty line that ends it.
package enum AnswerHead {
    /// - Parameter length: of the body; nil where the answer has none, or one of unknown length.
    package static func encode(
        _ status: HTTPResponseStatus, _ headers: HTTPHeaders, length: Int?, into buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeStaticString("\r\n")
        for (name, value) in headers where !isOurs(name) { write(name, value, into: &buffer) }
        if let length {
            buffer.writeStaticString("Content-Length: ")
            buffer.writeString(String(length))
            buffer.writeStaticString("\r\n")
        }
    }

    /// Prepares the head of an answer that is given often.
    package static func prepare(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, length: Int) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: 768)
        encode(status, headers, length: length, into: &buffer)
        return buffer
    }

    /// No value can end its line: whatever it was made of, it stays one field.
    static func write(_ name: String, _ value: String, into buffer: inout ByteBuffer) {
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            buffer.writeString(value)
        } else {
            buffer.writeBytes(value.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 })
        }
        buffer.writeStaticString("\r\n")
    }

    /// What frames the message is the connection's business alone.
    private static func isOurs(_ name: String) -> Bool {
        name.isASCIIEqual("content-length") || name.isASCIIEqual("transfer-encoding")
            || name.isASCIIEqual("connection")
    }
}
