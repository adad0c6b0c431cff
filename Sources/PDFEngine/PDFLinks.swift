// SPDX-License-Identifier: Apache-2.0

import CPDFium
import Document
import TileModel

/// Reads the links of a parsed page.
struct PDFLinks {
    private static let mostLinks = 10_000
    private static let longestURI = 8192

    let document: FPDF_DOCUMENT
    let destinations: PDFDestinations

    func links(on page: FPDF_PAGE) -> [PageLink] {
        guard let frame = PDFPageFrame(page) else { return [] }
        var links: [PageLink] = []
        var position: CInt = 0
        var link: FPDF_LINK?
        while links.count < Self.mostLinks, FPDFLink_Enumerate(page, &position, &link) != 0, let link {
            guard let target = target(of: link) else { continue }
            let boxes = boxes(of: link, frame)
            if !boxes.isEmpty { links.append(PageLink(boxes: boxes, target: target)) }
        }
        return links
    }

    private func target(of link: FPDF_LINK) -> PageLink.Target? {
        if let destination = FPDFLink_GetDest(document, link) { return inside(destination) }
        guard let action = FPDFLink_GetAction(link) else { return nil }
        switch Int(FPDFAction_GetType(action)) {
        case Int(PDFACTION_GOTO): return FPDFAction_GetDest(document, action).flatMap(inside)
        case Int(PDFACTION_URI): return uri(action).map { .uri($0) }
        default: return nil
        }
    }

    private func inside(_ destination: FPDF_DEST) -> PageLink.Target? {
        destinations.target(destination).map { .page($0.page, $0.position) }
    }

    /// Bytes that should be ASCII and often are UTF-8.
    private func uri(_ action: FPDF_ACTION) -> String? {
        let length = Int(FPDFAction_GetURIPath(document, action, nil, 0))
        guard length > 1, length <= Self.longestURI else { return nil }
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { buffer, initialised in
            let written = FPDFAction_GetURIPath(document, action, buffer.baseAddress, UInt(length))
            initialised = min(Int(written), length)
        }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Quadrilaterals are one a line, the rectangle is around all of them.
    private func boxes(of link: FPDF_LINK, _ frame: PDFPageFrame) -> [PageBox] {
        let count = FPDFLink_CountQuadPoints(link)
        let quads = (0..<min(max(0, count), 100)).compactMap { index -> PageBox? in
            var points = FS_QUADPOINTSF()
            guard FPDFLink_GetQuadPoints(link, index, &points) != 0 else { return nil }
            let one = frame.box(Double(points.x1), Double(points.y1), Double(points.x4), Double(points.y4))
            return one.union(frame.box(Double(points.x2), Double(points.y2), Double(points.x3), Double(points.y3)))
        }
        if !quads.isEmpty { return quads }
        var box = FS_RECTF()
        guard FPDFLink_GetAnnotRect(link, &box) != 0 else { return [] }
        return [frame.box(Double(box.left), Double(box.top), Double(box.right), Double(box.bottom))]
    }
}
