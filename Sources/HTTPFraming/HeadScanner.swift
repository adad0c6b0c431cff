// SPDX-License-Identifier: Apache-2.0

/// Finds the parts of a head where it lies: one pass, offsets instead of objects, no allocation once `fields` has grown.
///
/// Strict as RFC 9112 allows a server to be; `FramingError` lists what is refused. A head is judged line by line, so the
/// verdict does not depend on how it was cut into reads. A value may be used for one message after another.
package struct HeadScanner {
    private let limits: HeadLimits
    /// The fields of the head that was scanned last, in order.
    package private(set) var fields: ContiguousArray<HeadField> = []
    private var found = Found()

    /// What the fields scanned so far say of framing.
    struct Found {
        var contentLength: Int?
        var isChunked = false
        var says = Connection()
        var host: Range<Int>?
        var expectsContinue = false
        var expectsOther = false
        var offersUpgrade = false
    }

    struct Connection {
        var close = false
        var keepAlive = false
        var others = false
    }

    package init(limits: HeadLimits) {
        self.limits = limits
        fields.reserveCapacity(min(limits.fields, 32))
    }

    /// - Returns: nil where the head is not complete yet. Asking again is worth it once another line feed has come.
    package mutating func request(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> RequestHead? {
        let end = min(bytes.count, limits.bytes)
        guard let start = try Self.skipEmptyLines(bytes, end) else { return try incomplete(bytes) }
        guard let line = try RequestLine(bytes, start, end) else { return try incomplete(bytes) }
        let isOld = line.minorVersion == 0
        guard let length = try scanFields(bytes, from: line.next, to: end, isOld: isOld, isRequest: true) else {
            return try incomplete(bytes)
        }
        if found.host == nil, !isOld { throw .host }
        return RequestHead(
            method: line.method, methodRange: line.methodRange, target: line.target, minorVersion: line.minorVersion,
            lineStart: start, fieldsStart: line.next, length: length, framing: framing(or: .none),
            isKeptAlive: isKeptAlive(isOld), expectsContinue: found.expectsContinue && !isOld,
            expectsOther: found.expectsOther, namesFields: found.says.others, host: found.host,
            offersUpgrade: found.offersUpgrade)
    }

    /// - Returns: nil where the head is not complete yet.
    package mutating func response(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> ResponseHead? {
        let end = min(bytes.count, limits.bytes)
        guard let line = try StatusLine(bytes, end) else { return try incomplete(bytes) }
        let isOld = line.minorVersion == 0
        guard let length = try scanFields(bytes, from: line.next, to: end, isOld: isOld, isRequest: false) else {
            return try incomplete(bytes)
        }
        return ResponseHead(
            status: line.status, statusRange: line.statusRange, fieldsStart: line.next, length: length,
            framing: framing(or: .untilClose), isKeptAlive: isKeptAlive(isOld), namesFields: found.says.others,
            contentLength: found.contentLength)
    }

    private func incomplete<Head>(_ bytes: UnsafeRawBufferPointer) throws(FramingError) -> Head? {
        if bytes.count >= limits.bytes { throw .headTooLarge }
        return nil
    }

    private func framing(or other: BodyFraming) -> BodyFraming {
        found.isChunked ? .chunked : found.contentLength.map(BodyFraming.length) ?? other
    }

    private func isKeptAlive(_ isOld: Bool) -> Bool { !found.says.close && (!isOld || found.says.keepAlive) }

    /// RFC 9112, section 2.2: empty lines before a request are passed over.
    private static func skipEmptyLines(_ bytes: UnsafeRawBufferPointer, _ end: Int) throws(FramingError) -> Int? {
        var at = 0
        while at < end, bytes[at] == 0x0D {
            guard at + 1 < end else { return nil }
            guard bytes[at + 1] == 0x0A else { throw .lineEnding }
            at += 2
        }
        return at
    }

    /// - Returns: where the body begins, or nil.
    private mutating func scanFields(
        _ bytes: UnsafeRawBufferPointer, from start: Int, to end: Int, isOld: Bool, isRequest: Bool
    ) throws(FramingError) -> Int? {
        fields.removeAll(keepingCapacity: true)
        found = Found()
        var at = start
        while at < end {
            if bytes[at] == 0x0D {
                guard at + 1 < end else { return nil }
                guard bytes[at + 1] == 0x0A else { throw .lineEnding }
                return at + 2
            }
            guard let (field, next) = try FieldLine.scan(bytes, at, end) else { return nil }
            if fields.count == limits.fields { throw .tooManyFields }
            fields.append(field)
            if field.name != .other {
                try found.note(field, bytes[slice: field.value], isOld: isOld, isRequest: isRequest)
            }
            at = next
        }
        return nil
    }
}

extension HeadScanner.Found {
    mutating func note(
        _ field: HeadField, _ value: UnsafeRawBufferPointer, isOld: Bool, isRequest: Bool
    ) throws(FramingError) {
        switch field.name {
        case .contentLength:
            guard contentLength == nil, let length = Self.length(value) else { throw .contentLength }
            if isChunked { throw .twoLengths }
            contentLength = length
        case .transferEncoding:
            guard !isChunked, !isOld, value.isEqual(lowercase: "chunked") else { throw .transferEncoding }
            if contentLength != nil { throw .twoLengths }
            isChunked = true
        case .host where isRequest:
            guard host == nil else { throw .host }
            host = field.value
        case .connection: note(connection: value)
        case .upgrade: offersUpgrade = true
        case .expect:
            if value.isEqual(lowercase: "100-continue") { expectsContinue = true } else { expectsOther = true }
        default: break
        }
    }

    private mutating func note(connection value: UnsafeRawBufferPointer) {
        if value.isEqual(lowercase: "keep-alive") {
            says.keepAlive = true
            return
        }
        value.forEachListItem { item in
            if item.isEqual(lowercase: "close") {
                says.close = true
            } else if item.isEqual(lowercase: "keep-alive") {
                says.keepAlive = true
            } else {
                says.others = true
            }
        }
    }

    /// Digits only, and no more than fit.
    private static func length(_ value: UnsafeRawBufferPointer) -> Int? {
        guard (1...18).contains(value.count) else { return nil }
        var length = 0
        for byte in value {
            guard byte.isDigit else { return nil }
            length = length * 10 + Int(byte &- 0x30)
        }
        return length
    }
}
