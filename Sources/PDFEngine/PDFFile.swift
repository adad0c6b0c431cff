// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document

/// A PDFium document together with the reader it reads through.
///
/// `FPDF_LoadCustomDocument` keeps the pointer that it is given, so reader and access record live on the heap until the
/// document is closed.
final class PDFFile {
    private final class Reader {
        let source: any DocumentSource
        var isClosed = false
        /// Until the document is open the first bytes that are missing end it: PDFium would look for its objects in all
        /// that is there. Afterwards it goes on without them, which tells what else a page needs.
        var isOpening = true
        private var guess = PDFStreamGuess()

        init(_ source: any DocumentSource) { self.source = source }

        func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
            if isClosed || isOpening && source.isMissingBytes { return false }
            let isRead = source.read(at: offset, into: buffer)
            guard !source.isComplete else { return isRead }
            if isRead {
                guess.saw(UnsafeRawBufferPointer(buffer), at: offset)
            } else if let stream = guess.stream(before: offset) {
                _ = source.isAtHand(stream)
            }
            return isRead
        }
    }

    let handle: FPDF_DOCUMENT
    private let reader: Reader
    private let access: UnsafeMutablePointer<FPDF_FILEACCESS>

    /// - Throws: `passwordRequired`, `passwordWrong`, `damaged`.
    init(_ source: any DocumentSource, password: [UInt8]?) throws(DocumentError) {
        reader = Reader(source)
        access = .allocate(capacity: 1)
        access.initialize(to: FPDF_FILEACCESS())
        access.pointee.m_FileLen = UInt(source.size)
        access.pointee.m_Param = Unmanaged.passUnretained(reader).toOpaque()
        access.pointee.m_GetBlock = { parameter, position, buffer, size in
            guard let parameter, let buffer else { return 0 }
            let reader = Unmanaged<Reader>.fromOpaque(parameter).takeUnretainedValue()
            guard position <= UInt(Int.max), size <= UInt(Int.max) else { return 0 }
            let target = UnsafeMutableRawBufferPointer(start: buffer, count: Int(size))
            return reader.read(at: Int(position), into: target) ? 1 : 0
        }
        // One that needs none, or an empty one, opens whatever password came along.
        guard let handle = Self.open(access, password) ?? Self.open(access, nil) else {
            let code = FPDF_GetLastError()
            access.deallocate()
            guard code == UInt(FPDF_ERR_PASSWORD) else { throw .damaged(Self.reason(code)) }
            throw password == nil ? .passwordRequired : .passwordWrong
        }
        self.handle = handle
        reader.isOpening = false
    }

    private static func open(_ access: UnsafeMutablePointer<FPDF_FILEACCESS>, _ password: [UInt8]?) -> FPDF_DOCUMENT? {
        guard let password else { return FPDF_LoadCustomDocument(access, nil) }
        let text = password.map { CChar(bitPattern: $0) } + [0]
        return text.withUnsafeBufferPointer { FPDF_LoadCustomDocument(access, $0.baseAddress) }
    }

    deinit {
        FPDF_CloseDocument(handle)
        access.deallocate()
    }

    /// Runs `body` while every read fails.
    ///
    /// `FPDF_LoadPage` parses the page's content; all that is wanted for a page's rotation is its dictionary, which is
    /// known by then. Without this the structure of a long document would read and parse the whole of it. PDFium
    /// remembers the objects that it could not read, so such a file serves for nothing but structure afterwards.
    func withoutReading<Result>(_ body: () -> Result) -> Result {
        reader.isClosed = true
        defer { reader.isClosed = false }
        return body()
    }

    /// A text that PDFium returns as UTF-16LE with a terminating zero, by asking for its length first.
    static func text(_ call: (UnsafeMutableRawPointer?, UInt) -> UInt) -> String? {
        let length = Int(call(nil, 0))
        guard length > 2, length <= 1 << 20 else { return nil }
        let units = [UInt16](unsafeUninitializedCapacity: (length + 1) / 2) { buffer, initialised in
            initialised = max(0, min(Int(call(buffer.baseAddress, UInt(length))), length) / 2 - 1)
        }
        return String(decoding: units, as: UTF16.self)
    }

    private static func reason(_ code: UInt) -> String {
        switch Int(code) {
        case Int(FPDF_ERR_FORMAT): "not a PDF or damaged beyond repair"
        case Int(FPDF_ERR_SECURITY): "the encryption is not supported"
        case Int(FPDF_ERR_PAGE): "a page was not found"
        default: "the file cannot be read"
        }
    }
}
