// SPDX-License-Identifier: Apache-2.0

/// Why a message is not taken. The raw value is a label for metrics and logs.
///
/// Where RFC 9112 lets a recipient repair something, we refuse: two parties that repair differently see two different
/// messages, which is what request smuggling lives on.
package enum FramingError: String, Error, CaseIterable {
    /// Not `METHOD SP target SP HTTP/d.d`.
    case requestLine = "request-line"
    case statusLine = "status-line"
    /// A version of HTTP other than 1.0 and 1.1.
    case version
    /// A carriage return or a line feed that is not part of a CRLF.
    case lineEnding = "line-ending"
    /// A line that begins with white space: obs-fold, or white space before the first field.
    case folding
    /// A field name that is empty, holds a character that is not one of a token (white space before the colon), or has no
    /// colon behind it.
    case fieldName = "field-name"
    /// NUL or another control character.
    case fieldValue = "field-value"
    /// Not digits only, too many of them, or more than one field.
    case contentLength = "content-length"
    /// Anything but one field `chunked` in HTTP/1.1.
    case transferEncoding = "transfer-encoding"
    /// Both Content-Length and Transfer-Encoding.
    case twoLengths = "two-lengths"
    /// Missing in HTTP/1.1, or more than one.
    case host
    case chunkSize = "chunk-size"
    /// Something between a chunk's size and the end of its line.
    case chunkExtension = "chunk-extension"
    /// No CRLF behind a chunk's data.
    case chunkEnd = "chunk-end"
    case trailer
    case headTooLarge = "head-too-large"
    case tooManyFields = "too-many-fields"
}
