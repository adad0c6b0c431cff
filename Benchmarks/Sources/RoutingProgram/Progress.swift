// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What is said while it runs, beside the results.
enum Progress {
    static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    /// `40 s`, `12 min`, `3 h 20 min`.
    static func time(_ seconds: Double) -> String {
        switch seconds {
        case ..<90: "\(Int(seconds.rounded(.up))) s"
        case ..<5400: "\(Int((seconds / 60).rounded(.up))) min"
        default: "\(Int(seconds) / 3600) h \(Int(seconds) % 3600 / 60) min"
        }
    }
}

/// Whether two files are the same: FNV-1a, which is no protection against anybody.
enum Digest {
    static func fnv(_ data: Data) -> UInt64 {
        data.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
