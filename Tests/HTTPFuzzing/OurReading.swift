// SPDX-License-Identifier: Apache-2.0

package import HTTPFraming

/// Reads a stream with `HTTPFraming`.
package struct OurReading {
    package private(set) var reading = Reading()
    /// What was wrong, where the stream is refused.
    package private(set) var error: FramingError?
    private let isRequests: Bool
    private var scanner = HeadScanner(limits: HeadLimits(bytes: 8192, fields: 50))
    private var pending: [UInt8] = []
    private var body: Body?

    private enum Body {
        case length(Int)
        case chunked(ChunkedDecoder)
        case untilClose
    }

    package init(isRequests: Bool) { self.isRequests = isRequests }

    package mutating func take(_ bytes: some Sequence<UInt8>) {
        guard error == nil else { return }
        pending += bytes
        do throws(FramingError) {
            while try step() {}
        } catch {
            self.error = error
            reading.isRefused = true
        }
    }

    /// Messages that are whole.
    package var whole: Reading {
        var result = reading
        if body != nil { result.messages.removeLast() }
        return result
    }

    private mutating func step() throws(FramingError) -> Bool {
        guard !pending.isEmpty else { return false }
        switch body {
        case nil: return try head()
        case .length(let remaining):
            let count = min(remaining, pending.count)
            append(0..<count)
            body = count == remaining ? nil : .length(remaining - count)
            pending.removeFirst(count)
        case .chunked(var decoder):
            var ranges: [Range<Int>] = []
            let result = pending.withUnsafeBytes { bytes -> Result<ChunkedDecoder.Piece, FramingError> in
                do throws(FramingError) {
                    return .success(try decoder.follow(bytes) { ranges.append($0) })
                } catch {
                    return .failure(error)
                }
            }
            let piece = try result.get()
            for range in ranges { append(range) }
            body = decoder.isDone ? nil : .chunked(decoder)
            pending.removeFirst(piece.consumed)
        case .untilClose:
            append(0..<pending.count)
            pending = []
        }
        return true
    }

    private mutating func append(_ range: Range<Int>) {
        reading.messages[reading.messages.count - 1].body += pending[range]
    }

    private mutating func head() throws(FramingError) -> Bool {
        let bytes = pending
        let result = bytes.withUnsafeBytes { bytes -> Result<(FramedMessage, BodyFraming, Int)?, FramingError> in
            do throws(FramingError) {
                return .success(isRequests ? try request(bytes) : try response(bytes))
            } catch {
                return .failure(error)
            }
        }
        guard let (message, framing, length) = try result.get() else { return false }
        reading.messages.append(message)
        pending.removeFirst(length)
        switch framing {
        case .none, .length(0): body = nil
        case .length(let length): body = .length(length)
        case .chunked: body = .chunked(ChunkedDecoder())
        case .untilClose: body = .untilClose
        }
        return true
    }

    private mutating func request(
        _ bytes: UnsafeRawBufferPointer
    ) throws(FramingError) -> (FramedMessage, BodyFraming, Int)? {
        guard let head = try scanner.request(bytes) else { return nil }
        let start = text(bytes[slice: head.methodRange]) + " " + text(bytes[slice: head.target])
        let message = FramedMessage(start: start, minorVersion: Int(head.minorVersion), fields: fields(bytes))
        return (message, head.framing, head.length)
    }

    private mutating func response(
        _ bytes: UnsafeRawBufferPointer
    ) throws(FramingError) -> (FramedMessage, BodyFraming, Int)? {
        guard let head = try scanner.response(bytes) else { return nil }
        let minor = Int(bytes[7] &- 0x30)
        let message = FramedMessage(start: "\(head.status)", minorVersion: minor, fields: fields(bytes))
        return (message, head.isBodiless ? .none : head.framing, head.length)
    }

    private func fields(_ bytes: UnsafeRawBufferPointer) -> [String] {
        scanner.fields.map { text(bytes[slice: $0.nameRange]) + ":" + text(bytes[slice: $0.value]) }
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}
