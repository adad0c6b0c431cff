// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A name for a folder, which is removed with all that came into it.
final class TemporaryFolder: Sendable {
    let path = NSTemporaryDirectory() + "recto-tiles-\(UUID().uuidString)"

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
