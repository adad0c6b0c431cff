// SPDX-License-Identifier: Apache-2.0

import CVips
import Document

/// libvips and the codecs below it, as this process has loaded them.
enum RasterLibrary {
    /// Our own share in the pixels: to be raised with every change of it.
    private static let revision = 2

    /// The libraries that decide pixels. Their files' digests, because a distribution mends codecs without raising
    /// their versions. Found before a sandbox closes, in `prepare`.
    private static let libraries = [
        "libvips", "libtiff", "libjpeg", "libpng16", "libwebp", "libopenjp2", "liblcms2", "libz", "libm",
    ]

    static let engine: String = {
        _ = prepared
        let digests = libraries.map { name in
            let digest = FileDigest.library("/\(name).so").map(FileDigest.content) ?? 0
            return "\(name)/\(String(digest, radix: 16))"
        }
        let version = String(cString: recto_vips_version())
        return "raster/\(revision) vips/\(version) \(digests.joined(separator: " "))"
    }()

    private static let prepared = recto_raster_prepare()

    /// Starts libvips; once, however many formats ask. Takes about 50 ms. Digests the libraries while their files can
    /// still be read.
    static func prepare() { _ = engine }

    /// How many of the six kinds can be decoded here.
    static var kinds: Int { Int(prepared) }
}
