// SPDX-License-Identifier: Apache-2.0

import CPDFium
import TileModel

/// Finds a page's `UserUnit`: how many 1/72 inch its unit is (ISO 32000-1, table 30), which posters and plans have.
///
/// PDFium takes every unit for a point and has no call that tells a page's entry. What it has is copying: the page is put
/// into an empty document while nothing can be read, so that its dictionary comes along and its contents do not, and in
/// what is then written, less than a kilobyte, the entry is in plain sight. 0.06 to 0.3 ms a page.
struct PDFUserUnit {
    /// Larger ones would make pages beyond any wall.
    private static let largest = 100_000.0

    private let file: PDFFile

    /// Nil where the document is older than the entry, as those without it mostly are.
    /// - Parameter open: gives a file for `PDFFile.withoutReading`.
    init?(_ document: FPDF_DOCUMENT, open: () -> PDFFile?) {
        var version: CInt = 0
        guard FPDF_GetFileVersion(document, &version) != 0, version >= 16, let file = open() else { return nil }
        self.file = file
    }

    /// - Parameter index: from 0.
    func value(ofPage index: Int) -> Double {
        // Reads the page's dictionary.
        var size = FS_SIZEF()
        guard FPDF_GetPageSizeByIndexF(file.handle, CInt(index), &size) != 0 else { return 1 }
        return file.withoutReading {
            guard let copy = FPDF_CreateNewDocument() else { return 1 }
            defer { FPDF_CloseDocument(copy) }
            var page = CInt(index)
            guard FPDF_ImportPagesByIndex(copy, file.handle, &page, 1, 0) != 0 else { return 1 }
            return Self.value(in: Self.written(copy))
        }
    }

    private final class Output {
        var bytes: [UInt8] = []
    }

    private static func written(_ document: FPDF_DOCUMENT) -> [UInt8] {
        // The structure is the first member of what PDFium gets a pointer to, so that the callback finds the rest behind it.
        struct Writer {
            var interface = FPDF_FILEWRITE()
            var output: Unmanaged<Output>
        }
        let output = Output()
        var writer = Writer(output: Unmanaged.passUnretained(output))
        writer.interface.version = 1
        writer.interface.WriteBlock = { interface, data, size in
            guard let interface, let data else { return 0 }
            let output = UnsafeMutableRawPointer(interface).assumingMemoryBound(to: Writer.self).pointee.output
            output.takeUnretainedValue().bytes += UnsafeRawBufferPointer(start: data, count: Int(size))
            return 1
        }
        withUnsafeMutableBytes(of: &writer) { bytes in
            let interface = bytes.baseAddress!.assumingMemoryBound(to: FPDF_FILEWRITE.self)
            _ = FPDF_SaveAsCopy(document, interface, 0)
        }
        return withExtendedLifetime(output) { output.bytes }
    }

    private static func value(in bytes: [UInt8]) -> Double {
        let mark = Array("/UserUnit".utf8)
        guard bytes.count > mark.count,
            let start = (0...bytes.count - mark.count).first(where: { bytes[$0...].starts(with: mark) })
        else { return 1 }
        let number = bytes[(start + mark.count)...].drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
            .prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard let value = Double(String(decoding: number, as: UTF8.self)), value > 0, value <= largest else { return 1 }
        return value
    }
}

extension PageBox {
    /// In units that are `1 / unit` as long.
    func scaled(by unit: Double) -> PageBox {
        PageBox(x: x * unit, y: y * unit, width: width * unit, height: height * unit)
    }
}
