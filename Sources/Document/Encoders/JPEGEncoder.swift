// SPDX-License-Identifier: Apache-2.0

import CTurboJPEG
package import TileModel

/// JPEG by libjpeg-turbo: quality 80, colour at half resolution.
package final class JPEGEncoder: TileEncoder {
    package static let format = TileFormat.jpg
    /// TurboJPEG does not tell its version: the library's bytes do.
    package static let settings: String = {
        let library = FileDigest.library("/libturbojpeg.so").map(FileDigest.content) ?? 0
        return "jpg turbojpeg/\(String(library, radix: 16)) q80 420"
    }()

    private let handle: tjhandle?

    package init() { handle = tjInitCompress() }

    deinit { if let handle { tjDestroy(handle) } }

    package func encode(_ canvas: Canvas) throws(DocumentError) -> [UInt8] {
        let (width, height) = (CInt(canvas.size.width), CInt(canvas.size.height))
        let capacity = tjBufSize(width, height, CInt(TJSAMP_420.rawValue))
        guard let handle, capacity != UInt.max else { throw .outOfMemory }
        var failed = false
        let file = [UInt8](unsafeUninitializedCapacity: Int(capacity)) { buffer, initialised in
            var target: UnsafeMutablePointer<UInt8>? = buffer.baseAddress
            var size = UInt(capacity)
            failed =
                tjCompress2(
                    handle, UnsafePointer(UnsafeRawPointer(canvas.pixels).assumingMemoryBound(to: UInt8.self)), width,
                    CInt(canvas.stride), height, CInt(TJPF_BGRX.rawValue), &target, &size, CInt(TJSAMP_420.rawValue),
                    80,
                    CInt(TJFLAG_NOREALLOC)) != 0
            initialised = failed ? 0 : Int(size)
        }
        guard !failed else { throw .outOfMemory }
        return file
    }
}
