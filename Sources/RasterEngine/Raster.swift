// SPDX-License-Identifier: Apache-2.0

import CVips
import Document

/// A picture that is being decoded. One pass: to be read once.
final class Raster {
    private let input: RasterInput
    private let handle: OpaquePointer

    /// - Parameters:
    ///   - load: a reduction of the decoder's own, 1 for none.
    ///   - random: read a region of a tiled TIFF.
    init(
        _ input: RasterInput, kind: RasterKind, patches: [(offset: Int, bytes: [UInt8])] = [], load: Int = 1,
        random: Bool = false
    ) throws(DocumentError) {
        self.input = input
        var status = RECTO_RASTER_OK
        var reason = [CChar](repeating: 0, count: 200)
        var description = input.description(patches: patches)
        guard
            let handle = recto_raster_open(
                kind.code, &description, CInt(load), random ? 1 : 0, &status, &reason)
        else { throw Self.error(status, reason) }
        self.handle = handle
    }

    deinit { recto_raster_close(handle) }

    var width: Int { Int(recto_raster_width(handle)) }
    var height: Int { Int(recto_raster_height(handle)) }
    /// 1 is grey, 3 sRGB.
    var bands: Int { Int(recto_raster_bands(handle)) }
    var orientation: Int { Int(recto_raster_orientation(handle)) }

    /// - Throws: `damaged` where nothing can be shown; `cancelled`; `outOfMemory`.
    func read(_ region: Region, into sink: recto_raster_sink) throws(DocumentError) {
        var sink = sink
        var reason = [CChar](repeating: 0, count: 200)
        let status = recto_raster_read(
            handle, CInt(region.x), CInt(region.y), CInt(region.width), CInt(region.height), &sink, &reason)
        guard status == RECTO_RASTER_OK else { throw Self.error(status, reason) }
    }

    static func error(_ status: recto_raster_status, _ reason: [CChar]) -> DocumentError {
        switch status {
        case RECTO_RASTER_CANCELLED: .cancelled
        case RECTO_RASTER_MEMORY: .outOfMemory
        default: .damaged(sentence(reason))
        }
    }

    /// Libraries give no reason at times.
    private static func sentence(_ reason: [CChar]) -> String {
        let bytes = reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let isEmpty = bytes.allSatisfy { $0 <= UInt8(ascii: " ") }
        return isEmpty ? "the picture cannot be decoded" : String(decoding: bytes, as: UTF8.self)
    }
}

/// A rectangle in whole pixels of a stored picture, or of one of its reductions.
struct Region {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    /// In pixels of the picture of which this is a reduction.
    func enlarged(_ factor: Int) -> Region {
        Region(x: x * factor, y: y * factor, width: width * factor, height: height * factor)
    }
}
