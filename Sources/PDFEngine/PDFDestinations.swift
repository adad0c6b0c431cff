// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// Reads where destinations lead. Keeps the frames of the pages that it came by: a table of contents leads to the same few
/// pages again and again.
final class PDFDestinations {
    private let document: FPDF_DOCUMENT
    private let pages: Int
    private let unit: (Int) -> Double
    private let openFrames: () -> PDFFile?
    private lazy var structure = openFrames()
    private var frames: [Int: PDFPageFrame?] = [:]

    /// - Parameters:
    ///   - unit: the `UserUnit` of a page, from 1.
    ///   - openFrames: gives a file for `PDFFile.withoutReading`; called when the first position is found.
    init(
        _ document: FPDF_DOCUMENT, pages: Int, unit: @escaping (Int) -> Double, openFrames: @escaping () -> PDFFile?
    ) {
        self.unit = unit
        self.document = document
        self.pages = pages
        self.openFrames = openFrames
    }

    /// The 1-based page and where on it; nil where it leads out of the document.
    func target(_ destination: FPDF_DEST) -> (page: Int, position: PagePosition?)? {
        let index = Int(FPDFDest_GetDestPageIndex(document, destination))
        guard (0..<pages).contains(index) else { return nil }
        let (x, y) = Self.corner(destination)
        guard x != nil || y != nil else { return (index + 1, nil) }
        let scale = unit(index + 1)
        let position = frame(index)?.position(x: x, y: y)
        return (index + 1, position.map { PagePosition(x: $0.x.map { $0 * scale }, y: $0.y.map { $0 * scale }) })
    }

    /// The top left corner that a destination names, in the page's own space.
    private static func corner(_ destination: FPDF_DEST) -> (x: Double?, y: Double?) {
        var count: UInt = 0
        var values: [Float] = [0, 0, 0, 0]
        switch Int(FPDFDest_GetView(destination, &count, &values)) {
        case Int(PDFDEST_VIEW_XYZ):
            var (hasX, hasY, hasZoom): (CInt, CInt, CInt) = (0, 0, 0)
            var (x, y, zoom): (Float, Float, Float) = (0, 0, 0)
            guard FPDFDest_GetLocationInPage(destination, &hasX, &hasY, &hasZoom, &x, &y, &zoom) != 0 else {
                return (nil, nil)
            }
            return (hasX != 0 ? Double(x) : nil, hasY != 0 ? Double(y) : nil)
        case Int(PDFDEST_VIEW_FITH), Int(PDFDEST_VIEW_FITBH):
            return (nil, count >= 1 ? Double(values[0]) : nil)
        case Int(PDFDEST_VIEW_FITR):
            // Left, bottom, right, top.
            return count >= 4 ? (Double(values[0]), Double(values[3])) : (nil, nil)
        default: return (nil, nil)
        }
    }

    private func frame(_ index: Int) -> PDFPageFrame? {
        if let known = frames[index] { return known }
        let found = structure.flatMap { file in
            // Size first: it reads the page's dictionary and those above it.
            var size = FS_SIZEF()
            _ = FPDF_GetPageSizeByIndexF(file.handle, CInt(index), &size)
            return file.withoutReading { () -> PDFPageFrame? in
                guard let page = FPDF_LoadPage(file.handle, CInt(index)) else { return nil }
                defer { FPDF_ClosePage(page) }
                return PDFPageFrame(page)
            }
        }
        frames[index] = .some(found)
        return found
    }
}
