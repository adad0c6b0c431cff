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
}
