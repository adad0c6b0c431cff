// SPDX-License-Identifier: Apache-2.0

import TileModel

/// Pixels an inch, or any other length, along the rows and the columns of a stored picture. Only their ratio counts: a
/// fax has twice as many pixels across as down, and would look squashed.
struct Resolution: Equatable {
    var across: Double
    var down: Double

    static let square = Resolution(across: 1, down: 1)

    /// Rounded figures, such as 204 x 203, mean square pixels.
    private static let leastRatio = 1.01
    /// Fax machines come to 3. Beyond this the tags are wrong.
    private static let mostRatio = 8.0
    private static let sane = 0.001...1_000_000.0
    private static let mostPixelsASide = 1 << 24

    /// The size of the picture with square pixels: the axis of the lower resolution is enlarged, so that nothing is lost.
    func squared(width: Int, height: Int) -> PixelSize {
        let stored = PixelSize(width: width, height: height)
        guard Self.sane.contains(across), Self.sane.contains(down) else { return stored }
        let ratio = max(across, down) / min(across, down)
        guard ratio > Self.leastRatio, ratio <= Self.mostRatio else { return stored }
        let length = (Double(across > down ? height : width) * ratio).rounded()
        guard length <= Double(Self.mostPixelsASide) else { return stored }
        return across > down
            ? PixelSize(width: width, height: Int(length)) : PixelSize(width: Int(length), height: height)
    }
}
