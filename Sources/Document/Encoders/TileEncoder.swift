// SPDX-License-Identifier: Apache-2.0

package import TileModel

/// Turns a canvas into the bytes of a picture file. Deterministic: equal pixels give equal bytes.
///
/// **Adding one:** a file in `Encoders/` with a type that conforms to this, a line in `TileEncoders.all`, and its
/// `TileFormat`.
package protocol TileEncoder: AnyObject, SendableMetatype {
    static var format: TileFormat { get }

    /// The library, its version and every setting that decides the bytes: part of the rendering fingerprint.
    static var settings: String { get }

    init()

    /// - Throws: `DocumentError.outOfMemory`.
    func encode(_ canvas: Canvas) throws(DocumentError) -> [UInt8]
}

/// The registry of encoders. An instance keeps the encoders' buffers between pictures; used by one thread.
package final class TileEncoders {
    package static let all: [any TileEncoder.Type] = [
        PNGEncoder.self,
        JPEGEncoder.self,
        WebPEncoder.self,
    ]

    private var encoders: [TileFormat: any TileEncoder] = [:]

    package init() {}

    /// - Throws: `encoderMissing`, `outOfMemory`.
    package func encode(_ canvas: Canvas, as format: TileFormat) throws(DocumentError) -> [UInt8] {
        if let encoder = encoders[format] { return try encoder.encode(canvas) }
        guard let type = Self.all.first(where: { $0.format == format }) else { throw .encoderMissing(format) }
        let encoder = type.init()
        encoders[format] = encoder
        return try encoder.encode(canvas)
    }
}
