// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// Shows the fields of a document that has a form. Nothing can be filled in, and no script runs.
///
/// PDFium draws fields only in an environment made for filling them in, which takes part in the loading and closing of each
/// page.
final class PDFForm {
    private let handle: FPDF_FORMHANDLE
    /// Goes after the environment.
    private let file: PDFFile
    private let info: UnsafeMutablePointer<FPDF_FORMFILLINFO>

    /// Nil where the document has no form.
    init?(_ file: PDFFile) {
        guard FPDF_GetFormType(file.handle) != CInt(FORMTYPE_NONE) else { return nil }
        info = .allocate(capacity: 1)
        info.initialize(to: FPDF_FORMFILLINFO())
        info.pointee.version = 2
        info.pointee.xfa_disabled = 1
        guard let handle = FPDFDOC_InitFormFillEnvironment(file.handle, info) else {
            info.deallocate()
            return nil
        }
        self.handle = handle
        self.file = file
        // Readers see the page as it is printed.
        FPDF_SetFormFieldHighlightAlpha(handle, 0)
    }

    deinit {
        FPDFDOC_ExitFormFillEnvironment(handle)
        info.deallocate()
    }

    func loaded(_ page: FPDF_PAGE) { FORM_OnAfterLoadPage(page, handle) }

    func willClose(_ page: FPDF_PAGE) { FORM_OnBeforeClosePage(page, handle) }

    /// Draws the page's fields over the page, which is `size` large on a bitmap that begins at `x`, `y` of it.
    func draw(_ page: FPDF_PAGE, on bitmap: FPDF_BITMAP, size: PixelSize, x: Int, y: Int) {
        FPDF_FFLDraw(
            handle, bitmap, page, CInt(-x), CInt(-y), CInt(size.width), CInt(size.height), 0, CInt(FPDF_ANNOT))
    }

    /// The same at a scale of its own. PDFium takes whole pixels here, so this is the page size next to the scale, laid so
    /// that the middle of the canvas is where it belongs: fields lie at most a pixel off the page beneath.
    func drawFreely(
        _ page: FPDF_PAGE, on bitmap: FPDF_BITMAP, canvas: PixelSize, pageSize: PixelSize, scale: (Double, Double),
        origin: (Double, Double)
    ) {
        func axis(_ page: Int, _ scale: Double, _ origin: Double, _ canvas: Int) -> (size: Int, start: Int) {
            let size = max(1, (Double(page) * scale).rounded())
            let middle = Double(canvas) / 2
            let onPage = (origin + middle) / (Double(page) * scale)
            return (Int(min(size, 1e9)), Int(min(max(-1e9, (onPage * size - middle).rounded()), 1e9)))
        }
        let across = axis(pageSize.width, scale.0, origin.0, canvas.width)
        let down = axis(pageSize.height, scale.1, origin.1, canvas.height)
        draw(
            page, on: bitmap, size: PixelSize(width: across.size, height: down.size), x: across.start, y: down.start)
    }
}
