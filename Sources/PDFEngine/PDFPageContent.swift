// SPDX-License-Identifier: Apache-2.0

import CPDFium

/// Tells pages that are pictures (scans, photos) from pages of text and lines, out of the parsed page alone.
enum PDFPageContent {
    /// Pages with more objects are drawings; looking at each of them would cost more than it saves.
    private static let mostObjects = 5000

    /// Whether pictures with more than one bit a pixel cover three tenths of the page or more. A 1-bit scan is smaller
    /// as PNG, and JPEG would blur it.
    static func isPicture(_ page: FPDF_PAGE) -> Bool {
        let count = FPDFPage_CountObjects(page)
        guard count > 0, count <= mostObjects else { return false }
        var covered: Float = 0
        for index in 0..<count {
            guard let object = FPDFPage_GetObject(page, index),
                FPDFPageObj_GetType(object) == CInt(FPDF_PAGEOBJ_IMAGE)
            else { continue }
            var metadata = FPDF_IMAGEOBJ_METADATA()
            var (left, bottom, right, top): (Float, Float, Float, Float) = (0, 0, 0, 0)
            guard FPDFImageObj_GetImageMetadata(object, page, &metadata) != 0, metadata.bits_per_pixel != 1,
                FPDFPageObj_GetBounds(object, &left, &bottom, &right, &top) != 0
            else { continue }
            covered += max(0, right - left) * max(0, top - bottom)
        }
        return covered >= 0.3 * FPDF_GetPageWidthF(page) * FPDF_GetPageHeightF(page)
    }

    /// Whether a JPEG 2000 picture stands on the page, in a group on it, or in a group of that and so on.
    ///
    /// PDFium decodes such a picture only as finely as it is first wanted and keeps it: what a later, coarser drawing gets
    /// depends on what was drawn before.
    static func holdsJPEG2000(_ page: FPDF_PAGE) -> Bool {
        (0..<max(0, FPDFPage_CountObjects(page))).contains { index in
            FPDFPage_GetObject(page, index).map { holdsJPEG2000($0, depth: 0) } ?? false
        }
    }

    /// Groups nest as deep as PDFium itself follows them.
    private static let deepest = 32

    private static func holdsJPEG2000(_ object: FPDF_PAGEOBJECT, depth: Int) -> Bool {
        switch FPDFPageObj_GetType(object) {
        case CInt(FPDF_PAGEOBJ_IMAGE):
            return (0..<max(0, FPDFImageObj_GetImageFilterCount(object))).contains { index in
                // Longer names are none that matters here.
                var name = [UInt8](repeating: 0, count: 16)
                let length = FPDFImageObj_GetImageFilter(object, index, &name, UInt(name.count))
                return length <= UInt(name.count) && name.starts(with: "JPXDecode\0".utf8)
            }
        case CInt(FPDF_PAGEOBJ_FORM):
            guard depth < deepest else { return false }
            return (0..<max(0, FPDFFormObj_CountObjects(object))).contains { index in
                FPDFFormObj_GetObject(object, UInt(index)).map { holdsJPEG2000($0, depth: depth + 1) } ?? false
            }
        default: return false
        }
    }
}
