// SPDX-License-Identifier: Apache-2.0

/// How large a head may be.
package struct HeadLimits: Sendable {
    /// Bytes of the whole head with its empty line.
    package var bytes: Int
    package var fields: Int

    package init(bytes: Int, fields: Int) {
        self.bytes = bytes
        self.fields = fields
    }
}
