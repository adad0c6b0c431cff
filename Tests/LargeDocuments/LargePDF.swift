// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A PDF of pages with one large picture each. The pictures are holes of the file, so that writing it takes no time; a bar
/// on each page tells which one it is.
package struct LargePDF {
    package let path: String
    package let size: Int

    /// - Parameters:
    ///   - side: of each picture, in pixels of a byte. As it is preset a page has 2.2 MB.
    @discardableResult package init(_ path: String, pages: Int, side: Int = 1483) {
        self.path = path
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(file) }
        var offset = 0
        var objects: [Int] = []
        func write(_ text: String) {
            pwrite(file, text, text.utf8.count, off_t(offset))
            offset += text.utf8.count
        }
        func object(_ text: String) {
            objects.append(offset)
            write("\(objects.count) 0 obj\n\(text)\nendobj\n")
        }
        write("%PDF-1.5\n")
        // 1 is the catalogue, 2 the tree; each page has three objects behind them.
        let kids = (0..<pages).map { "\(3 + $0 * 3) 0 R" }.joined(separator: " ")
        object("<< /Type /Catalog /Pages 2 0 R >>")
        object("<< /Type /Pages /Count \(pages) /Kids [\(kids)] >>")
        for page in 0..<pages {
            let first = 3 + page * 3
            object(
                """
                << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents \(first + 1) 0 R \
                /Resources << /XObject << /I \(first + 2) 0 R >> >> >>
                """)
            let content = "q 400 0 0 400 100 200 cm /I Do Q 1 0 0 rg 10 10 \(page * 5 + 5) 20 re f"
            object("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
            objects.append(offset)
            let bytes = side * side
            write(
                """
                \(first + 2) 0 obj
                << /Type /XObject /Subtype /Image /Width \(side) /Height \(side) /ColorSpace /DeviceGray \
                /BitsPerComponent 8 /Length \(bytes) >>
                stream\n
                """)
            offset += bytes
            write("\nendstream\nendobj\n")
        }
        let table = offset
        write("xref\n0 \(objects.count + 1)\n0000000000 65535 f \n")
        for place in objects {
            let digits = String(place)
            write(String(repeating: "0", count: 10 - digits.count) + digits + " 00000 n \n")
        }
        write("trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(table)\n%%EOF\n")
        size = offset
    }
}
